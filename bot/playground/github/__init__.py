"""A stand-in GitHub: repositories, App authentication, REST, signed webhooks and pipelines that wait."""
