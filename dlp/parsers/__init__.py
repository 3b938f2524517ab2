"""Parsers of whole documents, in processes that may do nothing but read what they are given.

Libraries for PDF, Office and database files are large and written in languages in which a crafted
file can take them over. `pool` is the side of the proxy; `zygote` is the process from which one is
forked for each document; `sandbox` takes away what that one does not need; `kinds` names the module
of each kind of document.
"""
