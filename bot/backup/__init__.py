"""Backups: the database and the files of one company in a folder, whole or not at all, and the way back.

    FOLDER/20261122T190000Z/manifest.json     what it holds: revision, tables, rows, checksums
    FOLDER/20261122T190000Z/customer.copy.gz  a table as PostgreSQL's COPY writes it
    FOLDER/20261122T190000Z/files.txt.gz      the SHA-256 of every file that the database names
    FOLDER/files/ab/cd/abcd…                  the files, shared by all backups of the folder

No pg_dump: it would have to be there, and of the server's version, and could not say whether a copy is whole. What is
written is plain COPY text, so that it goes from any server that Rounds runs on to any other; the schema is made by our
own migrations.
"""
