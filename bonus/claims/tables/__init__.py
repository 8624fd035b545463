"""Tables of purchase lines (CSV, XLSX) read into invoices, warnings and faults. Pure: no database, no web."""
