"""The static proof of T-SQL: Microsoft's parser, binder and schema compiler, and rules they do not know."""
