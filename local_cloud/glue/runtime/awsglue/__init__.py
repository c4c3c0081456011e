"""The part of AWS Glue's Python library that jobs of this project use, written from its public documentation."""
