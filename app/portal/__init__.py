"""The first page: what is connected, how it is, who may read what. Server-rendered, without a script, for people and for paper."""
