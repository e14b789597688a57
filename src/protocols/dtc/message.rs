//! Any message.

use crate::protocols::dtc::accounts::AccountResponse;
use crate::protocols::dtc::accounts::AccountsRequest;
use crate::protocols::dtc::accounts::BalanceReject;
use crate::protocols::dtc::accounts::BalanceRequest;
use crate::protocols::dtc::accounts::BalanceUpdate;
use crate::protocols::dtc::accounts::SecurityDefinition;
use crate::protocols::dtc::accounts::SecurityDefinitionReject;
use crate::protocols::dtc::accounts::SecurityDefinitionRequest;
use crate::protocols::dtc::depth::DepthSnapshotLevel;
use crate::protocols::dtc::depth::DepthSnapshotLevelFloat;
use crate::protocols::dtc::depth::DepthUpdateLevel;
use crate::protocols::dtc::depth::DepthUpdateLevelMillis;
use crate::protocols::dtc::depth::DepthUpdateLevelNoTimestamp;
use crate::protocols::dtc::depth::MarketDepthReject;
use crate::protocols::dtc::depth::MarketDepthRequest;
use crate::protocols::dtc::history::HistoryHeader;
use crate::protocols::dtc::history::HistoryRecord;
use crate::protocols::dtc::history::HistoryRejectMessage;
use crate::protocols::dtc::history::HistoryRequest;
use crate::protocols::dtc::history::HistoryTick;
use crate::protocols::dtc::history::HistoryTrailer;
use crate::protocols::dtc::market_data::BidAskCompact;
use crate::protocols::dtc::market_data::BidAskMicros;
use crate::protocols::dtc::market_data::BidAskNoTimestamp;
use crate::protocols::dtc::market_data::BidAskUpdate;
use crate::protocols::dtc::market_data::MarketDataFeedStatus;
use crate::protocols::dtc::market_data::MarketDataReject;
use crate::protocols::dtc::market_data::MarketDataRequest;
use crate::protocols::dtc::market_data::MarketDataSnapshot;
use crate::protocols::dtc::market_data::SymbolFeedStatus;
use crate::protocols::dtc::market_data::TradeCompact;
use crate::protocols::dtc::market_data::TradeNoTimestamp;
use crate::protocols::dtc::market_data::TradeUnbundled;
use crate::protocols::dtc::market_data::TradeUnbundled2;
use crate::protocols::dtc::market_data::TradeUpdate;
use crate::protocols::dtc::market_data::TradingSymbolStatus;
use crate::protocols::dtc::orders::CancelOrder;
use crate::protocols::dtc::orders::CancelReplace;
use crate::protocols::dtc::orders::FlattenPosition;
use crate::protocols::dtc::orders::OpenOrdersReject;
use crate::protocols::dtc::orders::OpenOrdersRequest;
use crate::protocols::dtc::orders::OrderUpdate;
use crate::protocols::dtc::orders::SubmitOco;
use crate::protocols::dtc::orders::SubmitOrder;
use crate::protocols::dtc::positions::FillResponse;
use crate::protocols::dtc::positions::FillsReject;
use crate::protocols::dtc::positions::FillsRequest;
use crate::protocols::dtc::positions::PositionUpdate;
use crate::protocols::dtc::positions::PositionsReject;
use crate::protocols::dtc::positions::PositionsRequest;
use crate::protocols::dtc::session::EncodingRequest;
use crate::protocols::dtc::session::EncodingResponse;
use crate::protocols::dtc::session::GeneralLogMessage;
use crate::protocols::dtc::session::Heartbeat;
use crate::protocols::dtc::session::Logoff;
use crate::protocols::dtc::session::LogonRequest;
use crate::protocols::dtc::session::LogonResponse;
use crate::protocols::dtc::session::UserMessage;
use crate::protocols::dtc::session_values::LastTradeSnapshot;
use crate::protocols::dtc::session_values::OpenInterest;
use crate::protocols::dtc::session_values::SessionHigh;
use crate::protocols::dtc::session_values::SessionLow;
use crate::protocols::dtc::session_values::SessionNumTrades;
use crate::protocols::dtc::session_values::SessionOpen;
use crate::protocols::dtc::session_values::SessionSettlement;
use crate::protocols::dtc::session_values::SessionVolume;
use crate::protocols::dtc::session_values::TradingSessionDate;
use crate::protocols::dtc::table::Body;
use crate::protocols::dtc::table::Layout;
use crate::protocols::dtc::table::Misfit;
use serde_json::Value;

macro_rules! message {
    (plain { $($plain:ident),+ $(,)? } boxed { $($boxed:ident),+ $(,)? }) => {
        /// A message. The small, frequent ones stand here themselves, the others in a box.
        #[derive(Clone, PartialEq, Debug)]
        #[non_exhaustive]
        pub enum Message {
            $(#[doc = concat!("[`", stringify!($plain), "`].")] $plain($plain),)+
            $(#[doc = concat!("[`", stringify!($boxed), "`].")] $boxed(Box<$boxed>),)+
            /// A message of another type: its type. Its content is not kept; written, it is a bare
            /// header.
            Other(u16),
        }

        impl Message {
            /// The tables of all messages.
            pub const LAYOUTS: &'static [Layout] = &[$($plain::LAYOUT,)+ $($boxed::LAYOUT,)+];

            /// The message type.
            pub const fn kind(&self) -> u16 {
                match self {
                    $(Self::$plain(_) => $plain::LAYOUT.kind,)+
                    $(Self::$boxed(_) => $boxed::LAYOUT.kind,)+
                    Self::Other(kind) => *kind,
                }
            }

            /// Bytes of the message in the binary form.
            pub(super) const fn size(&self) -> usize {
                match self {
                    $(Self::$plain(_) => $plain::LAYOUT.size,)+
                    $(Self::$boxed(_) => $boxed::LAYOUT.size,)+
                    Self::Other(_) => 4,
                }
            }

            #[inline]
            pub(super) fn from_binary(kind: u16, message: &[u8]) -> Self {
                $(if kind == $plain::LAYOUT.kind {
                    return Self::$plain($plain::from_binary(message));
                })+
                $(if kind == $boxed::LAYOUT.kind {
                    return Self::$boxed(Box::new($boxed::from_binary(message)));
                })+
                Self::Other(kind)
            }

            pub(super) fn to_binary(&self, message: &mut [u8]) {
                match self {
                    $(Self::$plain(body) => body.to_binary(message),)+
                    $(Self::$boxed(body) => body.to_binary(message),)+
                    Self::Other(_) => {}
                }
            }

            pub(super) fn from_values<'a>(
                kind: u16,
                find: impl Fn(&'static str, usize) -> Option<&'a Value>,
            ) -> Result<Self, Misfit> {
                $(if kind == $plain::LAYOUT.kind {
                    return $plain::from_values(find).map(Self::$plain);
                })+
                $(if kind == $boxed::LAYOUT.kind {
                    return $boxed::from_values(find).map(|body| Self::$boxed(Box::new(body)));
                })+
                Ok(Self::Other(kind))
            }

            pub(super) fn to_values(&self, show: impl FnMut(&'static str, Option<Value>)) {
                match self {
                    $(Self::$plain(body) => body.to_values(show),)+
                    $(Self::$boxed(body) => body.to_values(show),)+
                    Self::Other(_) => {}
                }
            }
        }

        $(impl From<$plain> for Message {
            fn from(body: $plain) -> Self {
                Self::$plain(body)
            }
        })+
        $(impl From<$boxed> for Message {
            fn from(body: $boxed) -> Self {
                Self::$boxed(Box::new(body))
            }
        })+
    };
}

message! {
    plain {
        Heartbeat,
        MarketDataFeedStatus,
        SymbolFeedStatus,
        TradingSymbolStatus,
        TradeUpdate,
        TradeCompact,
        TradeUnbundled,
        TradeUnbundled2,
        TradeNoTimestamp,
        BidAskUpdate,
        BidAskCompact,
        BidAskMicros,
        BidAskNoTimestamp,
        SessionVolume,
        SessionHigh,
        SessionLow,
        SessionSettlement,
        SessionOpen,
        OpenInterest,
        LastTradeSnapshot,
        SessionNumTrades,
        TradingSessionDate,
        DepthSnapshotLevel,
        DepthSnapshotLevelFloat,
        DepthUpdateLevel,
        DepthUpdateLevelMillis,
        DepthUpdateLevelNoTimestamp,
        AccountsRequest,
        HistoryHeader,
        HistoryRecord,
        HistoryTick,
        HistoryTrailer,
    }
    boxed {
        EncodingRequest,
        EncodingResponse,
        LogonRequest,
        LogonResponse,
        Logoff,
        UserMessage,
        GeneralLogMessage,
        MarketDataRequest,
        MarketDataReject,
        MarketDataSnapshot,
        MarketDepthRequest,
        MarketDepthReject,
        SubmitOrder,
        SubmitOco,
        CancelOrder,
        CancelReplace,
        FlattenPosition,
        OpenOrdersRequest,
        OrderUpdate,
        OpenOrdersReject,
        FillsRequest,
        FillResponse,
        FillsReject,
        PositionsRequest,
        PositionUpdate,
        PositionsReject,
        AccountResponse,
        BalanceRequest,
        BalanceReject,
        BalanceUpdate,
        SecurityDefinitionRequest,
        SecurityDefinition,
        SecurityDefinitionReject,
        HistoryRequest,
        HistoryRejectMessage,
    }
}
