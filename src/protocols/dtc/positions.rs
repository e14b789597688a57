//! Fills and positions.

use crate::protocols::dtc::code::BuySell;
use crate::protocols::dtc::code::OpenClose;
use crate::protocols::dtc::table::messages;
use crate::protocols::dtc::text::Text;
use crate::protocols::dtc::time::Seconds;
use crate::protocols::dtc::time::Seconds32;

messages! {
    /// Asks for past fills.
    FillsRequest = 303, "HistoricalOrderFillsRequest", 88 {
        request_id: i32 = 4 "RequestID",
        server_order_id: Text<32> = 8 "ServerOrderID",
        number_of_days: i32 = 40 "NumberOfDays",
        trade_account: Text<32> = 44 "TradeAccount",
        start_date_time: Seconds = 80 "StartDateTime",
    }
    /// A past fill.
    FillResponse = 304, "HistoricalOrderFillResponse", 480 {
        request_id: i32 = 4 "RequestID",
        total_number_messages: i32 = 8 "TotalNumberMessages",
        message_number: i32 = 12 "MessageNumber",
        symbol: Text<64> = 16 "Symbol",
        exchange: Text<16> = 80 "Exchange",
        server_order_id: Text<32> = 96 "ServerOrderID",
        buy_sell: BuySell = 128 "BuySell",
        price: f64 = 136 "Price",
        date_time: Seconds = 144 "DateTime",
        quantity: f64 = 152 "Quantity",
        unique_execution_id: Text<64> = 160 "UniqueExecutionID",
        trade_account: Text<32> = 224 "TradeAccount",
        open_close: OpenClose = 256 "OpenClose",
        no_order_fills: u8 = 260 "NoOrderFills",
        info_text: Text<96> = 261 "InfoText",
        high_price_during_position: f64 = 360 "HighPriceDuringPosition",
        low_price_during_position: f64 = 368 "LowPriceDuringPosition",
        position_quantity: f64 = 376 "PositionQuantity",
        username: Text<32> = 384 "Username",
        exchange_order_id: Text<32> = 416 "ExchangeOrderID",
        sender_sub_id: Text<32> = 448 "SenderSubID",
    }
    /// Past fills are not told, with the reason.
    FillsReject = 308, "HistoricalOrderFillsReject", 104 {
        request_id: i32 = 4 "RequestID",
        reject_text: Text<96> = 8 "RejectText",
    }
    /// Asks for the positions.
    PositionsRequest = 305, "CurrentPositionsRequest", 40 {
        request_id: i32 = 4 "RequestID",
        trade_account: Text<32> = 8 "TradeAccount",
    }
    /// A position; the quantity is negative if short.
    PositionUpdate = 306, "PositionUpdate", 240 {
        request_id: i32 = 4 "RequestID",
        total_number_messages: i32 = 8 "TotalNumberMessages",
        message_number: i32 = 12 "MessageNumber",
        symbol: Text<64> = 16 "Symbol",
        exchange: Text<16> = 80 "Exchange",
        quantity: f64 = 96 "Quantity",
        average_price: f64 = 104 "AveragePrice",
        position_identifier: Text<32> = 112 "PositionIdentifier",
        trade_account: Text<32> = 144 "TradeAccount",
        no_positions: u8 = 176 "NoPositions",
        unsolicited: u8 = 177 "Unsolicited",
        margin_requirement: f64 = 184 "MarginRequirement",
        entry_date_time: Seconds32 = 192 "EntryDateTime",
        open_profit_loss: f64 = 200 "OpenProfitLoss",
        high_price_during_position: f64 = 208 "HighPriceDuringPosition",
        low_price_during_position: f64 = 216 "LowPriceDuringPosition",
        quantity_limit: f64 = 224 "QuantityLimit",
        max_potential_postion_quantity: f64 = 232 "MaxPotentialPostionQuantity",
    }
    /// Positions are not told, with the reason.
    PositionsReject = 307, "CurrentPositionsReject", 104 {
        request_id: i32 = 4 "RequestID",
        reject_text: Text<96> = 8 "RejectText",
    }
}
