"""A stand-in PagerDuty: who is on call, incidents and notes, Events v2, and signed webhooks."""
