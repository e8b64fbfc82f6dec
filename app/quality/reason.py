"""What each rule of a finding means, for the clerk who mends the row at its source: docs/reference/quality.md lists them."""

from __future__ import annotations

from app.errors import Text

REASONS = {
    "ambiguous_amount": Text(
        "Pemisah ribuan dan desimal tidak jelas; tulis seperti 1.500.000 atau 1.500.000,00", "It is unclear which mark separates decimals"
    ),
    "bad_appointment": Text("Tahun atau bulan pengangkatan di dalam NIP tidak mungkin", "The year or month of appointment in the NIP is impossible"),
    "bad_date": Text("Tanggalnya tidak ada di kalender atau tidak sesuai format", "The date is not in the calendar, or not in the agreed form"),
    "bad_region": Text("Enam angka pertama bukan kode wilayah", "The first six digits are no region code"),
    "bad_serial": Text("Nomor urut di akhir hanya berisi 0", "The serial at the end is nothing but 0"),
    "bad_sex": Text("Angka jenis kelamin di dalam NIP bukan 1 atau 2", "The digit of the sex in the NIP is neither 1 nor 2"),
    "duplicate_key": Text("Kunci ini sudah ada pada baris lain dari sumber yang sama", "Another row of the same source has this key"),
    "format": Text("Bentuknya tidak seperti yang disepakati (surel, alamat web, UUID)", "It has not the agreed form (e-mail, web address, UUID)"),
    "items_not_unique": Text("Isi daftarnya berulang", "The list holds the same item twice"),
    "key_missing": Text(
        "Kuncinya kosong atau tidak dapat dibaca, sehingga baris tidak dapat dipakai", "The key is empty or cannot be read, so the row cannot be used"
    ),
    "last_digit_lost": Text(
        "Tersimpan sebagai angka: Excel mengganti angka sesudah yang ke-15 dengan 0; ubah kolom menjadi Teks lalu isi ulang",
        "Stored as a number: Excel puts 0 for every digit past the 15th",
    ),
    "length": Text("Terlalu pendek atau terlalu panjang", "Too short or too long"),
    "nik_not_kk": Text("Ini NIK, bukan nomor KK", "This is a NIK, not a number of a family card"),
    "not_a_boolean": Text("Bukan ya atau tidak", "Neither true nor false"),
    "not_a_multiple": Text("Bukan kelipatan yang disepakati", "Not a multiple of the agreed step"),
    "not_a_number": Text("Bukan bilangan", "Not a number"),
    "not_a_percent": Text("Bukan persen", "Not a percentage"),
    "not_a_phone": Text("Bukan nomor telepon", "Not a telephone number"),
    "not_a_region": Text("Bukan kode wilayah", "Not a region code"),
    "not_an_object": Text("Bukan kelompok nilai seperti yang disepakati", "Not a group of values as agreed"),
    "not_digits": Text("Berisi selain angka", "It holds more than digits"),
    "not_in_enum": Text("Bukan salah satu nilai yang disepakati", "None of the agreed values"),
    "not_rupiah": Text("Bukan jumlah rupiah", "Not an amount in rupiah"),
    "not_text": Text("Bukan teks", "Not text"),
    "not_whole": Text("Bukan bilangan bulat", "Not a whole number"),
    "nik_birth_date": Text("Tanggal lahir berbeda dari yang ada di NIK", "The date of birth is not the one in the NIK"),
    "number_not_text": Text("Tersimpan sebagai angka pecahan, padahal harus teks", "Stored as a fraction where text is due"),
    "out_of_range": Text("Di luar batas yang disepakati", "Outside the agreed bounds"),
    "pattern": Text("Bentuknya tidak seperti yang disepakati", "It has not the agreed form"),
    "placeholder": Text("Isian pengganti (seperti 0000… atau 1234…), bukan nomor seseorang", "A filler, not the number of a person"),
    "required_missing": Text("Field wajib kosong pada semua sumber", "A required field is empty in every source"),
    "scientific": Text(
        "Tertulis seperti 1,27E+15: Excel memendekkan angka; ubah kolom menjadi Teks lalu isi ulang",
        "Written like 1.27E+15: Excel has cut the digits",
    ),
    "stored_as_number": Text("Tersimpan sebagai angka, bukan teks; ubah kolom menjadi Teks", "Stored as a number and not as text"),
    "too_large": Text("Bilangannya terlalu besar", "The number is too large"),
    "unknown_bps_code": Text("Kode wilayah BPS ini tidak ada dalam tabel", "No table knows this BPS region code"),
    "unknown_code": Text("Tidak ada dalam daftar kode", "It is in no code list"),
    "unknown_region": Text("Wilayah ini tidak dikenal", "This region is not known"),
    "wrong_length": Text("Jumlah angkanya tidak benar", "It has too few or too many digits"),
}
OUTCOMES = {
    "rejected": Text("baris ditolak", "row rejected"),
    "nulled": Text("nilai dikosongkan", "value emptied"),
    "kept": Text("disimpan, tetapi meragukan", "kept, but doubtful"),
    "duplicate": Text("baris dilewati", "row passed over"),
}


def reason(rule: str) -> Text:
    """The sentence of a rule; the rule itself where it has none."""
    return REASONS.get(rule, Text(rule, rule))
