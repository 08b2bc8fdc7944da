"""The metrics: their names, properties and words.

`names` builds and parses names, `catalogue` has one row for each metric, `words` has its title, phrase and definition.
A new metric is a row, its words and a measurement. This room is pure and must not know any result.
"""
