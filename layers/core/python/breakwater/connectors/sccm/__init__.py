"""Microsoft Configuration Manager (SCCM), by the SMS Provider's AdminService."""
