//! Market depth.

use crate::protocols::dtc::code::AtBidOrAsk;
use crate::protocols::dtc::code::AtBidOrAsk8;
use crate::protocols::dtc::code::DepthUpdate;
use crate::protocols::dtc::code::FinalInBatch;
use crate::protocols::dtc::code::RequestAction;
use crate::protocols::dtc::table::messages;
use crate::protocols::dtc::text::Text;
use crate::protocols::dtc::time::Millis;
use crate::protocols::dtc::time::SecondsFloat;

messages! {
    /// Subscribes to the book. `SymbolID` is the client's choice.
    MarketDepthRequest = 102, "MarketDepthRequest", 96 {
        request_action: RequestAction = 4 "RequestAction" (RequestAction::SUBSCRIBE),
        symbol_id: u32 = 8 "SymbolID",
        symbol: Text<64> = 12 "Symbol",
        exchange: Text<16> = 76 "Exchange",
        num_levels: i32 = 92 "NumLevels" (10),
    }
    /// The book is not served, with the reason.
    MarketDepthReject = 121, "MarketDepthReject", 104 {
        symbol_id: u32 = 4 "SymbolID",
        reject_text: Text<96> = 8 "RejectText",
    }
    /// A level of the book at the start of a subscription, older form.
    DepthSnapshotLevel = 122, "MarketDepthSnapshotLevel", 56 {
        symbol_id: u32 = 4 "SymbolID",
        side: AtBidOrAsk = 8 "Side",
        price: f64 = 16 "Price",
        quantity: f64 = 24 "Quantity",
        level: u16 = 32 "Level",
        is_first_message_in_batch: u8 = 34 "IsFirstMessageInBatch",
        is_last_message_in_batch: u8 = 35 "IsLastMessageInBatch",
        date_time: SecondsFloat = 40 "DateTime",
        num_orders: u32 = 48 "NumOrders",
    }
    /// A level of the book at the start of a subscription.
    DepthSnapshotLevelFloat = 145, "MarketDepthSnapshotLevelFloat", 24 {
        symbol_id: u32 = 4 "SymbolID",
        price: f32 = 8 "Price",
        quantity: f32 = 12 "Quantity",
        num_orders: u32 = 16 "NumOrders",
        level: u16 = 20 "Level",
        side: AtBidOrAsk8 = 22 "Side",
        final_update_in_batch: FinalInBatch = 23 "FinalUpdateInBatch",
    }
    /// A change of the book, older form.
    DepthUpdateLevel = 106, "MarketDepthUpdateLevel", 56 {
        symbol_id: u32 = 4 "SymbolID",
        side: AtBidOrAsk = 8 "Side",
        price: f64 = 16 "Price",
        quantity: f64 = 24 "Quantity",
        update_type: DepthUpdate = 32 "UpdateType",
        date_time: SecondsFloat = 40 "DateTime",
        num_orders: u32 = 48 "NumOrders",
        final_update_in_batch: FinalInBatch = 52 "FinalUpdateInBatch",
        level: u16 = 54 "Level",
    }
    /// A change of the book, stamped to the millisecond.
    DepthUpdateLevelMillis = 140, "MarketDepthUpdateLevelFloatWithMilliseconds", 31 {
        symbol_id: u32 = 4 "SymbolID",
        date_time: Millis = 8 "DateTime",
        price: f32 = 16 "Price",
        quantity: f32 = 20 "Quantity",
        side: AtBidOrAsk8 = 24 "Side",
        update_type: DepthUpdate = 25 "UpdateType",
        num_orders: u16 = 26 "NumOrders",
        final_update_in_batch: FinalInBatch = 28 "FinalUpdateInBatch",
        level: u16 = 29 "Level",
    }
    /// A change of the book without a stamp.
    DepthUpdateLevelNoTimestamp = 141, "MarketDepthUpdateLevelNoTimestamp", 23 {
        symbol_id: u32 = 4 "SymbolID",
        price: f32 = 8 "Price",
        quantity: f32 = 12 "Quantity",
        num_orders: u16 = 16 "NumOrders",
        side: i8 = 18 "Side",
        update_type: i8 = 19 "UpdateType",
        final_update_in_batch: FinalInBatch = 20 "FinalUpdateInBatch",
        level: u16 = 21 "Level",
    }
}
