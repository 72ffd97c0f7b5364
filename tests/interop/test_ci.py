from __future__ import annotations

import pytest

from mltest.interop.ci import ci_of

JOBS = {
    "github": (
        {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_SERVER_URL": "https://git.example.com",
            "GITHUB_REPOSITORY": "acme/pd",
            "GITHUB_RUN_ID": "77",
            "GITHUB_RUN_ATTEMPT": "2",
            "GITHUB_JOB": "models",
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_ACTOR": "ada",
            "GITHUB_TOKEN": "never read",
        },
        {
            "run_url": "https://git.example.com/acme/pd/actions/runs/77",
            "job": "models",
            "attempt": 2,
            "event": "pull_request",
            "actor": "ada",
            "nonce": "77",
        },
    ),
    "gitlab": (
        {
            "GITLAB_CI": "true",
            "CI_JOB_URL": "https://ci:token@gitlab.example/acme/pd/-/jobs/9?x=1",
            "CI_JOB_NAME": "models",
            "CI_PIPELINE_SOURCE": "push",
            "GITLAB_USER_LOGIN": "ada",
            "CI_JOB_ID": "9",
        },
        {
            "run_url": "https://gitlab.example/acme/pd/-/jobs/9",
            "job": "models",
            "event": "push",
            "actor": "ada",
            "nonce": "9",
        },
    ),
    "jenkins": (
        {"JENKINS_URL": "https://ci", "BUILD_URL": "https://ci/job/pd/4/", "JOB_NAME": "pd", "BUILD_TAG": "pd-4"},
        {"run_url": "https://ci/job/pd/4/", "job": "pd", "nonce": "pd-4"},
    ),
    "azure": (
        {
            "TF_BUILD": "True",
            "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI": "https://dev.azure.com/acme/",
            "SYSTEM_TEAMPROJECT": "pd",
            "SYSTEM_JOBDISPLAYNAME": "models",
            "SYSTEM_JOBATTEMPT": "1",
            "BUILD_REASON": "PullRequest",
            "BUILD_BUILDID": "31",
        },
        {
            "run_url": "https://dev.azure.com/acme/pd/_build/results",
            "job": "models",
            "attempt": 1,
            "event": "PullRequest",
            "nonce": "31",
        },
    ),
    "circleci": (
        {
            "CIRCLECI": "true",
            "CIRCLE_BUILD_URL": "https://circleci.com/gh/acme/pd/5",
            "CIRCLE_JOB": "models",
            "CIRCLE_USERNAME": "ada",
            "CIRCLE_WORKFLOW_JOB_ID": "aa-bb",
        },
        {"run_url": "https://circleci.com/gh/acme/pd/5", "job": "models", "actor": "ada", "nonce": "aa-bb"},
    ),
    "buildkite": (
        {
            "BUILDKITE": "true",
            "BUILDKITE_BUILD_URL": "https://buildkite.com/acme/pd/builds/6",
            "BUILDKITE_LABEL": "models",
            "BUILDKITE_RETRY_COUNT": "1",
            "BUILDKITE_SOURCE": "webhook",
            "BUILDKITE_JOB_ID": "cc",
        },
        {
            "run_url": "https://buildkite.com/acme/pd/builds/6",
            "job": "models",
            "attempt": 2,
            "event": "webhook",
            "nonce": "cc",
        },
    ),
    "bitbucket": (
        {"BITBUCKET_BUILD_NUMBER": "8", "BITBUCKET_GIT_HTTP_ORIGIN": "https://bitbucket.org/acme/pd"},
        {"run_url": "https://bitbucket.org/acme/pd/pipelines/results/8", "nonce": "8"},
    ),
    "tekton": (
        {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "TEKTON_PIPELINE_RUN": "pd-1", "TEKTON_TASK_RUN": "pd-1-models"},
        {"job": "pd-1", "nonce": "pd-1-models"},
    ),
    "kubernetes": ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, {}),
    "unknown": ({"CI": "1"}, {}),
}


@pytest.mark.parametrize("provider", JOBS)
def test_what_each_service_tells(provider):
    given, told = JOBS[provider]
    assert ci_of(given) == {"provider": provider, **told}


def test_no_service_no_job():
    assert ci_of({"CI": "false", "PATH": "/usr/bin"}) is None
    assert ci_of({}) is None


@pytest.mark.parametrize("provider", JOBS)
def test_a_service_that_tells_little_tells_no_empty_texts(provider):
    given, _ = JOBS[provider]
    mark = next(iter(name for name in given if name != "CI"), "CI")
    found = ci_of({mark: given[mark]})
    assert found is not None
    assert all(found.values())
