"""What may be wrong in a text, proposed to a person on evidence: of the language, and of the collection itself."""
