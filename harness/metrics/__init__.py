"""The metrics: how they are named, what each of them is, and the words for it.

`names` builds and reads names, `catalogue` has one row a metric, `words` its title, phrase and definition. A new metric
is a row, its words and a measurement. Everything here is pure and knows no result.
"""
