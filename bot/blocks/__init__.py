"""Pure drawing: a case and a scene in, Slack's blocks and every human sentence out. No SDK, no I/O, no clock."""
