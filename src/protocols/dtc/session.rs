//! Session messages: encoding, logon, heartbeat, logoff, notes to the user.

use crate::protocols::dtc::code::EncodingCode;
use crate::protocols::dtc::code::LogonStatus;
use crate::protocols::dtc::table::messages;
use crate::protocols::dtc::text::Hidden;
use crate::protocols::dtc::text::Text;
use crate::protocols::dtc::time::Seconds;

messages! {
    /// Asks for an encoding. Always binary, and the first message if sent at all.
    EncodingRequest = 6, "EncodingRequest", 16 {
        protocol_version: i32 = 4 "ProtocolVersion" (8),
        encoding: EncodingCode = 8 "Encoding",
        protocol_type: Text<4> = 12 "ProtocolType" (Text::received("DTC")),
    }
    /// The encoding in force from the next message on, which may not be the one asked for. Always binary.
    EncodingResponse = 7, "EncodingResponse", 16 {
        protocol_version: i32 = 4 "ProtocolVersion" (8),
        encoding: EncodingCode = 8 "Encoding",
        protocol_type: Text<4> = 12 "ProtocolType" (Text::received("DTC")),
    }
    /// The client introduces itself.
    LogonRequest = 1, "LogonRequest", 284 {
        protocol_version: i32 = 4 "ProtocolVersion" (8),
        username: Text<32> = 8 "Username",
        password: Hidden<32> = 40 "Password",
        general_text_data: Text<64> = 72 "GeneralTextData",
        integer_1: i32 = 136 "Integer_1",
        integer_2: i32 = 140 "Integer_2",
        heartbeat_interval_in_seconds: i32 = 144 "HeartbeatIntervalInSeconds",
        unused1: i32 = 148 "Unused1",
        trade_account: Text<32> = 152 "TradeAccount",
        hardware_identifier: Text<64> = 184 "HardwareIdentifier",
        client_name: Text<32> = 248 "ClientName",
        market_data_transmission_interval: i32 = 280 "MarketDataTransmissionInterval",
    }
    /// Whether the client is let in, and what the server offers (1 = yes).
    LogonResponse = 2, "LogonResponse", 256 {
        protocol_version: i32 = 4 "ProtocolVersion" (8),
        result: LogonStatus = 8 "Result",
        result_text: Text<96> = 12 "ResultText",
        reconnect_address: Text<64> = 108 "ReconnectAddress",
        integer_1: i32 = 172 "Integer_1",
        server_name: Text<60> = 176 "ServerName",
        market_depth_updates_best_bid_and_ask: u8 = 236 "MarketDepthUpdatesBestBidAndAsk",
        trading_is_supported: u8 = 237 "TradingIsSupported",
        oco_orders_supported: u8 = 238 "OCOOrdersSupported",
        order_cancel_replace_supported: u8 = 239 "OrderCancelReplaceSupported" (1),
        symbol_exchange_delimiter: Text<4> = 240 "SymbolExchangeDelimiter",
        security_definitions_supported: u8 = 244 "SecurityDefinitionsSupported",
        historical_price_data_supported: u8 = 245 "HistoricalPriceDataSupported",
        resubscribe_when_market_data_feed_available: u8 = 246 "ResubscribeWhenMarketDataFeedAvailable",
        market_depth_is_supported: u8 = 247 "MarketDepthIsSupported" (1),
        one_historical_price_data_request_per_connection: u8 = 248 "OneHistoricalPriceDataRequestPerConnection",
        bracket_orders_supported: u8 = 249 "BracketOrdersSupported",
        unused_1: u8 = 250 "Unused_1",
        uses_multiple_positions_per_symbol_and_trade_account: u8 = 251 "UsesMultiplePositionsPerSymbolAndTradeAccount",
        market_data_supported: u8 = 252 "MarketDataSupported" (1),
    }
    /// Sign of life, both ways, and the count of messages that a slow client missed.
    Heartbeat = 3, "Heartbeat", 16 {
        num_dropped_messages: u32 = 4 "NumDroppedMessages",
        current_date_time: Seconds = 8 "CurrentDateTime",
    }
    /// The session ends.
    Logoff = 5, "Logoff", 102 {
        reason: Text<96> = 4 "Reason",
        do_not_reconnect: u8 = 100 "DoNotReconnect",
    }
    /// A note that the server wants its user to see.
    UserMessage = 700, "UserMessage", 262 {
        user_message: Text<256> = 4 "UserMessage",
        is_popup_message: u8 = 260 "IsPopupMessage",
    }
    /// A line of the server's log.
    GeneralLogMessage = 701, "GeneralLogMessage", 132 {
        message_text: Text<128> = 4 "MessageText",
    }
}
