//! THE PIPELINE: one submission from bytes to receipt, in one readable function. Every channel (page, file, API) ends here.
