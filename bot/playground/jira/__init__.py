"""A stand-in Jira Cloud: projects, workflows, issues, and a search that lags behind."""
