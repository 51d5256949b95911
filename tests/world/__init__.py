"""A whole world for stories: the stand-in Slack, the real bot, a clock that only the story moves."""
