"""The sections of the report page, each what its template of the same name shows."""
