"""A legacy portal on loopback, hard on purpose, with a ledger of every byte it sent and received.

`portal` serves it (`python -m jiucang.sample` for a person), `truth` says what a right crawl and a right
extraction make of it, `job` writes the job file. Below them: `server` writes the scripts of `replies` and
keeps the `ledger`; `site` matches addresses; `shelf` is the table of oddities on the wire; `edition` prints
`model`'s articles in the `skins` and `lists` of the `columns` and puts every address into the `catalogue`
with what a crawler should do about it.
"""
