//! Values of the trading session: volume, high, low, settlement, open interest.

use crate::protocols::dtc::table::messages;
use crate::protocols::dtc::time::Seconds32;
use crate::protocols::dtc::time::SecondsFloat;

messages! {
    /// Volume of the session.
    SessionVolume = 113, "MarketDataUpdateSessionVolume", 24 {
        symbol_id: u32 = 4 "SymbolID",
        volume: f64 = 8 "Volume",
        trading_session_date: Seconds32 = 16 "TradingSessionDate",
        is_final_session_volume: u8 = 20 "IsFinalSessionVolume",
    }
    /// High of the session.
    SessionHigh = 114, "MarketDataUpdateSessionHigh", 24 {
        symbol_id: u32 = 4 "SymbolID",
        price: f64 = 8 "Price",
        trading_session_date: Seconds32 = 16 "TradingSessionDate",
    }
    /// Low of the session.
    SessionLow = 115, "MarketDataUpdateSessionLow", 24 {
        symbol_id: u32 = 4 "SymbolID",
        price: f64 = 8 "Price",
        trading_session_date: Seconds32 = 16 "TradingSessionDate",
    }
    /// Settlement price.
    SessionSettlement = 119, "MarketDataUpdateSessionSettlement", 24 {
        symbol_id: u32 = 4 "SymbolID",
        price: f64 = 8 "Price",
        date_time: Seconds32 = 16 "DateTime",
    }
    /// Open of the session.
    SessionOpen = 120, "MarketDataUpdateSessionOpen", 24 {
        symbol_id: u32 = 4 "SymbolID",
        price: f64 = 8 "Price",
        trading_session_date: Seconds32 = 16 "TradingSessionDate",
    }
    /// Open interest.
    OpenInterest = 124, "MarketDataUpdateOpenInterest", 16 {
        symbol_id: u32 = 4 "SymbolID",
        open_interest: u32 = 8 "OpenInterest",
        trading_session_date: Seconds32 = 12 "TradingSessionDate",
    }
    /// The last trade before the subscription.
    LastTradeSnapshot = 134, "MarketDataUpdateLastTradeSnapshot", 32 {
        symbol_id: u32 = 4 "SymbolID",
        last_trade_price: f64 = 8 "LastTradePrice",
        last_trade_volume: f64 = 16 "LastTradeVolume",
        last_trade_date_time: SecondsFloat = 24 "LastTradeDateTime",
    }
    /// Number of trades of the session.
    SessionNumTrades = 135, "MarketDataUpdateSessionNumTrades", 16 {
        symbol_id: u32 = 4 "SymbolID",
        num_trades: i32 = 8 "NumTrades",
        trading_session_date: Seconds32 = 12 "TradingSessionDate",
    }
    /// Date of the session.
    TradingSessionDate = 136, "MarketDataUpdateTradingSessionDate", 12 {
        symbol_id: u32 = 4 "SymbolID",
        date: Seconds32 = 8 "Date",
    }
}
