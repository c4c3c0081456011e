"""Yours: what your company adds to the lake. Upstream ships this file once and never changes it.

Called last, when every stack is defined, so all of CDK's own doors are open: Tags, PermissionsBoundary, Aspects,
property injectors, stacks of your own from company/stacks/.
"""

from aws_cdk import App

from config.settings import Settings


def extend(app: App, settings: Settings) -> None:
    """Change or add to the lake."""
