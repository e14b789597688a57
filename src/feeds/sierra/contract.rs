//! The contract that a Sierra Chart symbol or file name means.

use crate::market::Sym;

/// What CQG calls a product, and what the exchange calls it.
const CQG: [(&str, &str); 2] = [("EP", "ES"), ("ENQ", "NQ")];

/// The contract named by a Sierra symbol or by a file called after one: `ESU22_FUT_CME` and
/// `ESU22_FUT_CME.2022-08-01.depth` give `ESU22`, `MNQU21-CME.scid` gives `MNQU21`,
/// `F.US.EPZ25.scid` gives `ESZ25`. `None` where there is no month and year.
pub fn contract_of(name: &str) -> Option<Sym> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let (name, of_cqg) = match name.strip_prefix("F.US.") {
        Some(rest) => (rest, true),
        None => (name, false),
    };
    let token = name.split(['_', '.', '-', ' ']).next().unwrap_or(name);
    let sym = Sym::new(token)?;
    let root = sym.root();
    let month = token.strip_prefix(root).filter(|month| !month.is_empty())?;
    let renamed = CQG.iter().find(|(theirs, _)| of_cqg && *theirs == root);
    match renamed {
        Some((_, ours)) => Sym::new(&format!("{ours}{month}")),
        None => Some(sym),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_names_its_contract() {
        for (name, contract) in [
            ("ESU22_FUT_CME.scid", Some("ESU22")),
            ("/data/ESU22_FUT_CME.2022-08-01.depth", Some("ESU22")),
            ("C:\\SierraChart\\Data\\MESZ25_FUT_CME.scid", Some("MESZ25")),
            ("MNQU21-CME.scid", Some("MNQU21")),
            ("F.US.EPZ25.scid", Some("ESZ25")),
            ("F.US.ENQH26.scid.zst", Some("NQH26")),
            ("F.US.MESZ25", Some("MESZ25")),
            ("ESM26-CME.scid_BarData.txt", Some("ESM26")),
            ("ESH22_tbt_dom_2022-01-24.txt", Some("ESH22")),
            ("ES_2023-02-21_ten_records.scid", None),
            ("chart_3_trade_20250918.jsonl", None),
            ("EPZ25.scid", Some("EPZ25")),
            ("standard input", None),
            ("", None),
        ] {
            let found = contract_of(name);
            assert_eq!(found.as_ref().map(Sym::as_str), contract, "{name}");
        }
    }
}
