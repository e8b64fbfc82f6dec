"""What a record is: contracts read into frozen types, and the value types of Indonesian public data."""
