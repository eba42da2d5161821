import absent_dependency  # noqa: F401
