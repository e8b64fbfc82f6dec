"""Outside judges of the API and the contracts: linters, validators and client generators that know nothing of this project."""
