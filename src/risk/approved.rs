//! The mark of an order that risk approved.

use crate::wire::By;
use crate::wire::Order;
use crate::wire::OrderOp;

/// Something that risk approved. It cannot be made outside the room `risk`.
#[derive(Clone, PartialEq, Debug)]
pub struct Approved<T>(T);

impl<T> Approved<T> {
    /// The one constructor.
    pub(in crate::risk) const fn new(item: T) -> Self {
        Self(item)
    }

    /// What was approved.
    pub const fn item(&self) -> &T {
        &self.0
    }

    /// What was approved, by value.
    pub fn into_item(self) -> T {
        self.0
    }
}

/// An order record that may not be acted on.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotApproved {
    /// Another stage, or somebody's hand, wrote it.
    #[error("order {id} is by {by}, not by risk")]
    NotByRisk {
        /// The order.
        id: String,
        /// Who says to have written it.
        by: By,
    },
    /// Execution may close on its own, and nothing else.
    #[error("order {id} of execution itself is not a flatten")]
    NotAFlatten {
        /// The order.
        id: String,
    },
}

/// Takes an order that came over the wire: only those that mia-risk wrote are approved. (A live
/// broker will ask for its seal as well.)
///
/// # Errors
/// [`NotApproved`].
pub fn admit(order: &Order) -> Result<Approved<Order>, NotApproved> {
    if order.by == By::Risk {
        Ok(Approved::new(order.clone()))
    } else {
        Err(NotApproved::NotByRisk { id: order.id.clone(), by: order.by })
    }
}

/// Approves the one order that execution may make itself: a flatten, which can only reduce.
///
/// # Errors
/// [`NotApproved`].
pub fn admit_emergency(order: Order) -> Result<Approved<Order>, NotApproved> {
    if order.by == By::Exec && order.op == OrderOp::Flatten {
        Ok(Approved::new(order))
    } else {
        Err(NotApproved::NotAFlatten { id: order.id })
    }
}
