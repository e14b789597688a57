//! Historical prices: one request a connection, on a port of its own.

use crate::protocols::dtc::code::AtBidOrAsk;
use crate::protocols::dtc::code::HistoryReject;
use crate::protocols::dtc::table::messages;
use crate::protocols::dtc::text::Text;
use crate::protocols::dtc::time::Micros;
use crate::protocols::dtc::time::Seconds;
use crate::protocols::dtc::time::SecondsFloat;

messages! {
    /// Asks for bars, or for trades with `RecordInterval` 0.
    HistoryRequest = 800, "HistoricalPriceDataRequest", 128 {
        request_id: i32 = 4 "RequestID",
        symbol: Text<64> = 8 "Symbol",
        exchange: Text<16> = 72 "Exchange",
        record_interval: i32 = 88 "RecordInterval",
        start_date_time: Seconds = 96 "StartDateTime",
        end_date_time: Seconds = 104 "EndDateTime",
        max_days_to_return: u32 = 112 "MaxDaysToReturn",
        use_zlib_compression: u8 = 116 "UseZLibCompression",
        request_dividend_adjusted_stock_data: u8 = 117 "RequestDividendAdjustedStockData",
        integer_1: u16 = 118 "Integer_1",
        use_zlib_ng_compression: u8 = 120 "UseZLibNGCompression",
    }
    /// Precedes the records. A zlib stream follows at once if it says so.
    HistoryHeader = 801, "HistoricalPriceDataResponseHeader", 24 {
        request_id: i32 = 4 "RequestID",
        record_interval: i32 = 8 "RecordInterval",
        use_zlib_compression: u8 = 12 "UseZLibCompression",
        no_records_to_return: u8 = 13 "NoRecordsToReturn",
        int_to_float_price_divisor: f32 = 16 "IntToFloatPriceDivisor" (1.0),
        use_zlib_ng_compression: u8 = 20 "UseZLibNGCompression",
    }
    /// History is refused, with the reason.
    HistoryRejectMessage = 802, "HistoricalPriceDataReject", 108 {
        request_id: i32 = 4 "RequestID",
        reject_text: Text<96> = 8 "RejectText",
        reject_reason_code: HistoryReject = 104 "RejectReasonCode",
        retry_time_in_seconds: u16 = 106 "RetryTimeInSeconds",
    }
    /// A bar or, with interval 0, a trade in the manner of `.scid` files.
    HistoryRecord = 803, "HistoricalPriceDataRecordResponse", 88 {
        request_id: i32 = 4 "RequestID",
        start_date_time: Micros = 8 "StartDateTime",
        open_price: f64 = 16 "OpenPrice",
        high_price: f64 = 24 "HighPrice",
        low_price: f64 = 32 "LowPrice",
        last_price: f64 = 40 "LastPrice",
        volume: f64 = 48 "Volume",
        num_trades: u32 = 56 "NumTrades",
        bid_volume: f64 = 64 "BidVolume",
        ask_volume: f64 = 72 "AskVolume",
        is_final_record: u8 = 80 "IsFinalRecord",
    }
    /// A trade, older form.
    HistoryTick = 804, "HistoricalPriceDataTickRecordResponse", 48 {
        request_id: i32 = 4 "RequestID",
        date_time: SecondsFloat = 8 "DateTime",
        at_bid_or_ask: AtBidOrAsk = 16 "AtBidOrAsk",
        price: f64 = 24 "Price",
        volume: f64 = 32 "Volume",
        is_final_record: u8 = 40 "IsFinalRecord",
    }
    /// Follows the last record.
    HistoryTrailer = 807, "HistoricalPriceDataResponseTrailer", 16 {
        request_id: i32 = 4 "RequestID",
        final_record_last_date_time: Micros = 8 "FinalRecordLastDateTime",
    }
}
