//! The books of the product's contracts.

use crate::features::book::Book;
use crate::market::Sym;

/// Most contracts with a book.
const BOOKS: usize = 4;

/// Books by contract: also those of contracts that are not in use yet, because a book cannot be
/// joined later than at its snapshot.
#[derive(Clone, Debug, Default)]
pub struct Books {
    /// The one that changed last is the last.
    books: Vec<(Sym, Book)>,
}

impl Books {
    /// The book of `sym`, made if new; the one that changed least lately makes room.
    #[inline]
    pub fn book_mut(&mut self, sym: &Sym) -> &mut Book {
        if self.books.last().is_none_or(|(known, _)| known != sym) {
            self.bring_up(sym);
        }
        let newest = self.books.len() - 1;
        &mut self.books[newest].1
    }

    #[cold]
    fn bring_up(&mut self, sym: &Sym) {
        let known = self.books.iter().position(|(known, _)| known == sym);
        let book = match known {
            Some(place) => self.books.remove(place).1,
            None => Book::default(),
        };
        if self.books.len() == BOOKS {
            self.books.remove(0);
        }
        self.books.push((*sym, book));
    }

    /// The book of `sym`, if a depth record of it ever came.
    pub fn book(&self, sym: &Sym) -> Option<&Book> {
        self.books.iter().find(|(known, _)| known == sym).map(|(_, book)| book)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Ticks;
    use crate::wire::BookSide;

    #[test]
    fn each_contract_has_its_own_book_and_the_idle_one_makes_room() {
        let sym = |i: usize| Sym::new(&format!("ES{}26", ["H", "M", "U", "Z", "F"][i])).unwrap();
        let mut books = Books::default();
        for i in [0, 1, 2, 3, 0, 4] {
            let book = books.book_mut(&sym(i));
            book.set(BookSide::Bid, Ticks(i as i64), 1);
        }
        assert!(books.book(&sym(1)).is_none());
        for i in [0, 2, 3, 4] {
            let book = books.book_mut(&sym(i));
            book.clear();
            book.set(BookSide::Bid, Ticks(7), i as u64 + 1);
            book.set(BookSide::Ask, Ticks(8), 1);
            book.end_batch(1, 1);
        }
        for i in [0, 2, 3, 4] {
            assert_eq!(books.book(&sym(i)).unwrap().view(1).unwrap().bid, i as u64 + 1);
        }
    }
}
