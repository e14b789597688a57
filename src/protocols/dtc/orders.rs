//! Orders: submission, change, state.

use crate::protocols::dtc::code::BuySell;
use crate::protocols::dtc::code::OpenClose;
use crate::protocols::dtc::code::OrderKind;
use crate::protocols::dtc::code::OrderStatus;
use crate::protocols::dtc::code::OrderUpdateReason;
use crate::protocols::dtc::code::PartialFill;
use crate::protocols::dtc::code::TimeInForceCode;
use crate::protocols::dtc::table::messages;
use crate::protocols::dtc::text::Text;
use crate::protocols::dtc::time::Millis;
use crate::protocols::dtc::time::Seconds;
use crate::protocols::dtc::time::SecondsFloat;

messages! {
    /// Submits an order.
    SubmitOrder = 208, "SubmitNewSingleOrder", 304 {
        symbol: Text<64> = 4 "Symbol",
        exchange: Text<16> = 68 "Exchange",
        trade_account: Text<32> = 84 "TradeAccount",
        client_order_id: Text<32> = 116 "ClientOrderID",
        order_type: OrderKind = 148 "OrderType",
        buy_sell: BuySell = 152 "BuySell",
        price1: f64 = 160 "Price1",
        price2: f64 = 168 "Price2",
        quantity: f64 = 176 "Quantity",
        time_in_force: TimeInForceCode = 184 "TimeInForce",
        good_till_date_time: Seconds = 192 "GoodTillDateTime",
        is_automated_order: u8 = 200 "IsAutomatedOrder",
        is_parent_order: u8 = 201 "IsParentOrder",
        free_form_text: Text<48> = 202 "FreeFormText",
        open_or_close: OpenClose = 252 "OpenOrClose",
        max_show_quantity: f64 = 256 "MaxShowQuantity",
        price1_as_string: Text<16> = 264 "Price1AsString",
        price2_as_string: Text<16> = 280 "Price2AsString",
        intended_position_quantity: f64 = 296 "IntendedPositionQuantity",
    }
    /// Submits two orders of which one cancels the other.
    SubmitOco = 201, "SubmitNewOCOOrder", 448 {
        symbol: Text<64> = 4 "Symbol",
        exchange: Text<16> = 68 "Exchange",
        client_order_id_1: Text<32> = 84 "ClientOrderID_1",
        order_type_1: OrderKind = 116 "OrderType_1",
        buy_sell_1: BuySell = 120 "BuySell_1",
        price1_1: f64 = 128 "Price1_1",
        price2_1: f64 = 136 "Price2_1",
        quantity_1: f64 = 144 "Quantity_1",
        client_order_id_2: Text<32> = 152 "ClientOrderID_2",
        order_type_2: OrderKind = 184 "OrderType_2",
        buy_sell_2: BuySell = 188 "BuySell_2",
        price1_2: f64 = 192 "Price1_2",
        price2_2: f64 = 200 "Price2_2",
        quantity_2: f64 = 208 "Quantity_2",
        time_in_force: TimeInForceCode = 216 "TimeInForce",
        good_till_date_time: Seconds = 224 "GoodTillDateTime",
        trade_account: Text<32> = 232 "TradeAccount",
        is_automated_order: u8 = 264 "IsAutomatedOrder",
        parent_trigger_client_order_id: Text<32> = 265 "ParentTriggerClientOrderID",
        free_form_text: Text<48> = 297 "FreeFormText",
        open_or_close: OpenClose = 348 "OpenOrClose",
        partial_fill_handling: PartialFill = 352 "PartialFillHandling",
        use_offsets: u8 = 353 "UseOffsets",
        offset_from_parent1: f64 = 360 "OffsetFromParent1",
        offset_from_parent2: f64 = 368 "OffsetFromParent2",
        maintain_same_prices_on_parent_fill: u8 = 376 "MaintainSamePricesOnParentFill",
        price1_1_as_string: Text<16> = 377 "Price1_1AsString",
        price2_1_as_string: Text<16> = 393 "Price2_1AsString",
        price1_2_as_string: Text<16> = 409 "Price1_2AsString",
        price2_2_as_string: Text<16> = 425 "Price2_2AsString",
    }
    /// Cancels an order.
    CancelOrder = 203, "CancelOrder", 100 {
        server_order_id: Text<32> = 4 "ServerOrderID",
        client_order_id: Text<32> = 36 "ClientOrderID",
        trade_account: Text<32> = 68 "TradeAccount",
    }
    /// Changes an order.
    CancelReplace = 204, "CancelReplaceOrder", 192 {
        server_order_id: Text<32> = 4 "ServerOrderID",
        client_order_id: Text<32> = 36 "ClientOrderID",
        price1: f64 = 72 "Price1",
        price2: f64 = 80 "Price2",
        quantity: f64 = 88 "Quantity",
        price1_is_set: u8 = 96 "Price1IsSet",
        price2_is_set: u8 = 97 "Price2IsSet",
        unused: i32 = 100 "Unused",
        time_in_force: TimeInForceCode = 104 "TimeInForce",
        good_till_date_time: Seconds = 112 "GoodTillDateTime",
        update_price1_offset_to_parent: u8 = 120 "UpdatePrice1OffsetToParent",
        trade_account: Text<32> = 121 "TradeAccount",
        price1_as_string: Text<16> = 153 "Price1AsString",
        price2_as_string: Text<16> = 169 "Price2AsString",
    }
    /// Closes a position at the market.
    FlattenPosition = 209, "SubmitFlattenPositionOrder", 198 {
        symbol: Text<64> = 4 "Symbol",
        exchange: Text<16> = 68 "Exchange",
        trade_account: Text<32> = 84 "TradeAccount",
        client_order_id: Text<32> = 116 "ClientOrderID",
        free_form_text: Text<48> = 148 "FreeFormText",
        is_automated_order: u8 = 196 "IsAutomatedOrder",
    }
    /// Asks for the open orders.
    OpenOrdersRequest = 300, "OpenOrdersRequest", 76 {
        request_id: i32 = 4 "RequestID",
        request_all_orders: i32 = 8 "RequestAllOrders",
        server_order_id: Text<32> = 12 "ServerOrderID",
        trade_account: Text<32> = 44 "TradeAccount",
    }
    /// State of an order; the answer to most requests.
    OrderUpdate = 301, "OrderUpdate", 720 {
        request_id: i32 = 4 "RequestID",
        total_num_messages: i32 = 8 "TotalNumMessages",
        message_number: i32 = 12 "MessageNumber",
        symbol: Text<64> = 16 "Symbol",
        exchange: Text<16> = 80 "Exchange",
        previous_server_order_id: Text<32> = 96 "PreviousServerOrderID",
        server_order_id: Text<32> = 128 "ServerOrderID",
        client_order_id: Text<32> = 160 "ClientOrderID",
        exchange_order_id: Text<32> = 192 "ExchangeOrderID",
        order_status: OrderStatus = 224 "OrderStatus",
        order_update_reason: OrderUpdateReason = 228 "OrderUpdateReason",
        order_type: OrderKind = 232 "OrderType",
        buy_sell: BuySell = 236 "BuySell",
        price1: Option<f64> = 240 "Price1",
        price2: Option<f64> = 248 "Price2",
        time_in_force: TimeInForceCode = 256 "TimeInForce",
        good_till_date_time: Seconds = 264 "GoodTillDateTime",
        order_quantity: Option<f64> = 272 "OrderQuantity",
        filled_quantity: Option<f64> = 280 "FilledQuantity",
        remaining_quantity: Option<f64> = 288 "RemainingQuantity",
        average_fill_price: Option<f64> = 296 "AverageFillPrice",
        last_fill_price: Option<f64> = 304 "LastFillPrice",
        last_fill_date_time: Millis = 312 "LastFillDateTime",
        last_fill_quantity: Option<f64> = 320 "LastFillQuantity",
        last_fill_execution_id: Text<64> = 328 "LastFillExecutionID",
        trade_account: Text<32> = 392 "TradeAccount",
        info_text: Text<96> = 424 "InfoText",
        no_orders: u8 = 520 "NoOrders",
        parent_server_order_id: Text<32> = 521 "ParentServerOrderID",
        oco_linked_order_server_order_id: Text<32> = 553 "OCOLinkedOrderServerOrderID",
        open_or_close: OpenClose = 588 "OpenOrClose",
        previous_client_order_id: Text<32> = 592 "PreviousClientOrderID",
        free_form_text: Text<48> = 624 "FreeFormText",
        order_received_date_time: Seconds = 672 "OrderReceivedDateTime",
        latest_transaction_date_time: SecondsFloat = 680 "LatestTransactionDateTime",
        username: Text<32> = 688 "Username",
    }
    /// The open orders are not told, with the reason.
    OpenOrdersReject = 302, "OpenOrdersReject", 104 {
        request_id: i32 = 4 "RequestID",
        reject_text: Text<96> = 8 "RejectText",
    }
}
