"""The job of a continuous-integration service that a run is part of, from the variables that each service documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mltest.evidence.redaction import without_credentials

__all__ = ["ci_of"]

Variables = Mapping[str, str]
_LONGEST = 300


def ci_of(environment: Variables) -> dict[str, Any] | None:
    """Provider, run_url, job, attempt, event, actor and nonce as far as the service tells them; None without one.

    Parameters
    ----------
    environment : mapping of str to str
        The environment variables; no other than those that a service documents is read.

    References
    ----------
    The lists of predefined variables of GitHub Actions, GitLab CI, Jenkins, Azure Pipelines, CircleCI, Buildkite and
    Bitbucket Pipelines. Tekton and Kubernetes set none that says so but the address of the cluster: a pipeline hands
    ``TEKTON_PIPELINE_RUN`` and ``TEKTON_TASK_RUN`` from ``context.pipelineRun.name`` and ``context.taskRun.name``.

    Examples
    --------
    >>> ci_of({"GITLAB_CI": "true", "CI_JOB_NAME": "model tests", "CI_JOB_URL": "https://gitlab.example/p/-/jobs/7"})
    {'provider': 'gitlab', 'run_url': 'https://gitlab.example/p/-/jobs/7', 'job': 'model tests'}
    >>> ci_of({"CI": "true"})
    {'provider': 'unknown'}
    """
    for mark, read in _SERVICES:
        if environment.get(mark):
            return _told(read(environment))
    if environment.get("CI", "").strip().lower() not in ("", "false", "0"):
        return {"provider": "unknown"}
    return None


def _github(given: Variables) -> dict[str, Any]:
    server, project, run = (given.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    return {
        "provider": "github",
        "run_url": f"{server}/{project}/actions/runs/{run}" if server and project and run else None,
        "job": given.get("GITHUB_JOB"),
        "attempt": given.get("GITHUB_RUN_ATTEMPT"),
        "event": given.get("GITHUB_EVENT_NAME"),
        "actor": given.get("GITHUB_ACTOR"),
        "nonce": run,
    }


def _gitlab(given: Variables) -> dict[str, Any]:
    return {
        "provider": "gitlab",
        "run_url": given.get("CI_JOB_URL") or given.get("CI_PIPELINE_URL"),
        "job": given.get("CI_JOB_NAME"),
        "event": given.get("CI_PIPELINE_SOURCE"),
        "actor": given.get("GITLAB_USER_LOGIN"),
        "nonce": given.get("CI_JOB_ID"),
    }


def _jenkins(given: Variables) -> dict[str, Any]:
    return {
        "provider": "jenkins",
        "run_url": given.get("BUILD_URL"),
        "job": given.get("JOB_NAME"),
        "nonce": given.get("BUILD_TAG") or given.get("BUILD_NUMBER"),
    }


def _azure(given: Variables) -> dict[str, Any]:
    place, project = given.get("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI", ""), given.get("SYSTEM_TEAMPROJECT", "")
    return {
        "provider": "azure",
        # its address names a build by a query, and queries are not kept: the nonce is the build's id
        "run_url": f"{place.rstrip('/')}/{project}/_build/results" if place and project else None,
        "job": given.get("SYSTEM_JOBDISPLAYNAME") or given.get("SYSTEM_JOBNAME"),
        "attempt": given.get("SYSTEM_JOBATTEMPT"),
        "event": given.get("BUILD_REASON"),
        "actor": given.get("BUILD_REQUESTEDFOR"),
        "nonce": given.get("BUILD_BUILDID"),
    }


def _circleci(given: Variables) -> dict[str, Any]:
    return {
        "provider": "circleci",
        "run_url": given.get("CIRCLE_BUILD_URL"),
        "job": given.get("CIRCLE_JOB"),
        "actor": given.get("CIRCLE_USERNAME"),
        "nonce": given.get("CIRCLE_WORKFLOW_JOB_ID") or given.get("CIRCLE_BUILD_NUM"),
    }


def _buildkite(given: Variables) -> dict[str, Any]:
    retried = given.get("BUILDKITE_RETRY_COUNT", "")
    return {
        "provider": "buildkite",
        "run_url": given.get("BUILDKITE_BUILD_URL"),
        "job": given.get("BUILDKITE_LABEL") or given.get("BUILDKITE_STEP_KEY"),
        "attempt": str(int(retried) + 1) if retried.isdigit() else None,
        "event": given.get("BUILDKITE_SOURCE"),
        "actor": given.get("BUILDKITE_BUILD_CREATOR"),
        "nonce": given.get("BUILDKITE_JOB_ID"),
    }


def _bitbucket(given: Variables) -> dict[str, Any]:
    origin, number = given.get("BITBUCKET_GIT_HTTP_ORIGIN", ""), given.get("BITBUCKET_BUILD_NUMBER", "")
    return {
        "provider": "bitbucket",
        "run_url": f"{origin}/pipelines/results/{number}" if origin and number else None,
        "job": given.get("BITBUCKET_STEP_UUID"),
        "actor": given.get("BITBUCKET_STEP_TRIGGERER_UUID"),
        "nonce": number,
    }


def _tekton(given: Variables) -> dict[str, Any]:
    return {
        "provider": "tekton",
        "job": given.get("TEKTON_PIPELINE_RUN") or given.get("TEKTON_TASK_RUN"),
        "nonce": given.get("TEKTON_TASK_RUN"),
    }


def _kubernetes(_given: Variables) -> dict[str, Any]:
    # the name of a pod is its host name, which is kept as a hash only
    return {"provider": "kubernetes"}


_SERVICES: tuple[tuple[str, Callable[[Variables], dict[str, Any]]], ...] = (
    ("GITHUB_ACTIONS", _github),
    ("GITLAB_CI", _gitlab),
    ("BUILDKITE", _buildkite),
    ("CIRCLECI", _circleci),
    ("BITBUCKET_BUILD_NUMBER", _bitbucket),
    ("TF_BUILD", _azure),
    ("JENKINS_URL", _jenkins),
    ("TEKTON_PIPELINE_RUN", _tekton),
    ("TEKTON_TASK_RUN", _tekton),
    ("KUBERNETES_SERVICE_HOST", _kubernetes),
)


def _told(found: Mapping[str, Any]) -> dict[str, Any]:
    """What the service told, bounded; addresses without credentials and query, the attempt as a number."""
    kept: dict[str, Any] = {}
    for name, value in found.items():
        text = str(value or "")[:_LONGEST]
        if not text:
            continue
        if name == "attempt":
            if text.isdigit():
                kept[name] = int(text)
        else:
            kept[name] = without_credentials(text) if "://" in text else text
    return kept
