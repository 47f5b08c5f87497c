//! Fleksport: one entrance for employers' fleksjob wage and wage-ceiling (*lønloft*) reports.
