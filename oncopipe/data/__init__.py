"""The nouns: tables with named columns, dtypes and units, and the models of single things."""
