//! Market data: subscription, trades, quotes, session values.

use crate::protocols::dtc::code::AtBidOrAsk;
use crate::protocols::dtc::code::AtBidOrAsk8;
use crate::protocols::dtc::code::FeedStatus;
use crate::protocols::dtc::code::RequestAction;
use crate::protocols::dtc::code::TradingStatus;
use crate::protocols::dtc::code::Unbundled;
use crate::protocols::dtc::table::messages;
use crate::protocols::dtc::text::Text;
use crate::protocols::dtc::time::Micros;
use crate::protocols::dtc::time::Seconds32;
use crate::protocols::dtc::time::SecondsFloat;

messages! {
    /// Whether market data flow at all. They are taken to do so at logon.
    MarketDataFeedStatus = 100, "MarketDataFeedStatus", 8 {
        status: FeedStatus = 4 "Status",
    }
    /// Whether market data of one symbol flow.
    SymbolFeedStatus = 116, "MarketDataFeedSymbolStatus", 12 {
        symbol_id: u32 = 4 "SymbolID",
        status: FeedStatus = 8 "Status",
    }
    /// State of the market of one symbol.
    TradingSymbolStatus = 138, "TradingSymbolStatus", 12 {
        symbol_id: u32 = 4 "SymbolID",
        status: TradingStatus = 8 "Status",
    }
    /// Subscribes to trades and quotes. `SymbolID` is the client's choice.
    MarketDataRequest = 101, "MarketDataRequest", 96 {
        request_action: RequestAction = 4 "RequestAction" (RequestAction::SUBSCRIBE),
        symbol_id: u32 = 8 "SymbolID",
        symbol: Text<64> = 12 "Symbol",
        exchange: Text<16> = 76 "Exchange",
        interval_for_snapshot_updates_in_milliseconds: u32 = 92 "IntervalForSnapshotUpdatesInMilliseconds",
    }
    /// The symbol is not served, with the reason.
    MarketDataReject = 103, "MarketDataReject", 104 {
        symbol_id: u32 = 4 "SymbolID",
        reject_text: Text<96> = 8 "RejectText",
    }
    /// Where the market stands at the start of a subscription.
    MarketDataSnapshot = 104, "MarketDataSnapshot", 144 {
        symbol_id: u32 = 4 "SymbolID",
        session_settlement_price: Option<f64> = 8 "SessionSettlementPrice",
        session_open_price: Option<f64> = 16 "SessionOpenPrice",
        session_high_price: Option<f64> = 24 "SessionHighPrice",
        session_low_price: Option<f64> = 32 "SessionLowPrice",
        session_volume: Option<f64> = 40 "SessionVolume",
        session_num_trades: Option<u32> = 48 "SessionNumTrades",
        open_interest: Option<u32> = 52 "OpenInterest",
        bid_price: Option<f64> = 56 "BidPrice",
        ask_price: Option<f64> = 64 "AskPrice",
        ask_quantity: Option<f64> = 72 "AskQuantity",
        bid_quantity: Option<f64> = 80 "BidQuantity",
        last_trade_price: Option<f64> = 88 "LastTradePrice",
        last_trade_volume: Option<f64> = 96 "LastTradeVolume",
        last_trade_date_time: SecondsFloat = 104 "LastTradeDateTime",
        bid_ask_date_time: SecondsFloat = 112 "BidAskDateTime",
        session_settlement_date_time: Seconds32 = 120 "SessionSettlementDateTime",
        trading_session_date: Seconds32 = 124 "TradingSessionDate",
        trading_status: TradingStatus = 128 "TradingStatus",
        market_depth_update_date_time: SecondsFloat = 136 "MarketDepthUpdateDateTime",
    }
    /// A trade.
    TradeUpdate = 107, "MarketDataUpdateTrade", 40 {
        symbol_id: u32 = 4 "SymbolID",
        at_bid_or_ask: AtBidOrAsk = 8 "AtBidOrAsk",
        price: f64 = 16 "Price",
        volume: f64 = 24 "Volume",
        date_time: SecondsFloat = 32 "DateTime",
    }
    /// A trade, short form.
    TradeCompact = 112, "MarketDataUpdateTradeCompact", 24 {
        price: f32 = 4 "Price",
        volume: f32 = 8 "Volume",
        date_time: Seconds32 = 12 "DateTime",
        symbol_id: u32 = 16 "SymbolID",
        at_bid_or_ask: AtBidOrAsk = 20 "AtBidOrAsk",
    }
    /// A trade with its place in a bundle.
    TradeUnbundled = 137, "MarketDataUpdateTradeWithUnbundledIndicator", 40 {
        symbol_id: u32 = 4 "SymbolID",
        at_bid_or_ask: AtBidOrAsk8 = 8 "AtBidOrAsk",
        unbundled_trade_indicator: Unbundled = 9 "UnbundledTradeIndicator",
        trade_condition: u8 = 10 "TradeCondition",
        reserve_1: u8 = 11 "Reserve_1",
        reserve_2: u32 = 12 "Reserve_2",
        price: f64 = 16 "Price",
        volume: u32 = 24 "Volume",
        reserve_3: u32 = 28 "Reserve_3",
        date_time: SecondsFloat = 32 "DateTime",
    }
    /// A trade with its place in a bundle, stamped to the microsecond.
    TradeUnbundled2 = 146, "MarketDataUpdateTradeWithUnbundledIndicator2", 27 {
        symbol_id: u32 = 4 "SymbolID",
        price: f32 = 8 "Price",
        volume: u32 = 12 "Volume",
        date_time: Micros = 16 "DateTime",
        at_bid_or_ask: AtBidOrAsk8 = 24 "AtBidOrAsk",
        unbundled_trade_indicator: Unbundled = 25 "UnbundledTradeIndicator",
        trade_condition: i8 = 26 "TradeCondition",
    }
    /// A trade without a stamp.
    TradeNoTimestamp = 142, "MarketDataUpdateTradeNoTimestamp", 19 {
        symbol_id: u32 = 4 "SymbolID",
        price: f32 = 8 "Price",
        volume: u32 = 12 "Volume",
        at_bid_or_ask: AtBidOrAsk8 = 16 "AtBidOrAsk",
        unbundled_trade_indicator: Unbundled = 17 "UnbundledTradeIndicator",
        trade_condition: i8 = 18 "TradeCondition",
    }
    /// A quote.
    BidAskUpdate = 108, "MarketDataUpdateBidAsk", 40 {
        symbol_id: u32 = 4 "SymbolID",
        bid_price: f64 = 8 "BidPrice",
        bid_quantity: f32 = 16 "BidQuantity",
        ask_price: f64 = 24 "AskPrice",
        ask_quantity: f32 = 32 "AskQuantity",
        date_time: Seconds32 = 36 "DateTime",
    }
    /// A quote, short form.
    BidAskCompact = 117, "MarketDataUpdateBidAskCompact", 28 {
        bid_price: f32 = 4 "BidPrice",
        bid_quantity: f32 = 8 "BidQuantity",
        ask_price: f32 = 12 "AskPrice",
        ask_quantity: f32 = 16 "AskQuantity",
        date_time: Seconds32 = 20 "DateTime",
        symbol_id: u32 = 24 "SymbolID",
    }
    /// A quote stamped to the microsecond.
    BidAskMicros = 144, "MarketDataUpdateBidAskFloatWithMicroseconds", 32 {
        symbol_id: u32 = 4 "SymbolID",
        bid_price: f32 = 8 "BidPrice",
        bid_quantity: f32 = 12 "BidQuantity",
        ask_price: f32 = 16 "AskPrice",
        ask_quantity: f32 = 20 "AskQuantity",
        date_time: Micros = 24 "DateTime",
    }
    /// A quote without a stamp.
    BidAskNoTimestamp = 143, "MarketDataUpdateBidAskNoTimeStamp", 24 {
        symbol_id: u32 = 4 "SymbolID",
        bid_price: f32 = 8 "BidPrice",
        bid_quantity: u32 = 12 "BidQuantity",
        ask_price: f32 = 16 "AskPrice",
        ask_quantity: u32 = 20 "AskQuantity",
    }
}
