"""The command: one file a verb. Parse, check inputs, one library call, exit code."""
