//! Stage 6: the receipt, always made from the stored record.
