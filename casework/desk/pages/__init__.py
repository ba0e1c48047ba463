"""The pages every subject shares: one file for what a person does there."""
