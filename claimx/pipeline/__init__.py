"""The flow from files to the claim table."""
