//! A drawing as a list of shapes: what a chart is, before any file format.

/// Red, green, blue.
pub type Rgb = (u8, u8, u8);

/// Where a text stands relative to its point.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Align {
    /// It begins there.
    Left,
    /// Its middle is there.
    Centre,
    /// It ends there.
    Right,
}

/// Something drawn; coordinates are pixels from the upper left corner.
#[derive(Clone, PartialEq, Debug)]
pub enum Shape {
    /// A filled rectangle: left, top, right, bottom.
    Box { at: (f64, f64, f64, f64), colour: Rgb, opacity: f64 },
    /// A line through points.
    Line { points: Vec<(f64, f64)>, colour: Rgb, width: u32 },
    /// A filled polygon.
    Polygon { points: Vec<(f64, f64)>, colour: Rgb },
    /// A line of text whose middle is at the height given.
    Text { at: (f64, f64), text: String, size: f64, colour: Rgb, align: Align },
}

/// A drawing.
#[derive(Clone, PartialEq, Debug)]
pub struct Scene {
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
    /// What is drawn, in order.
    pub shapes: Vec<Shape>,
}

impl Scene {
    /// An empty drawing.
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height, shapes: Vec::new() }
    }

    /// A filled rectangle.
    pub fn area(&mut self, at: (f64, f64, f64, f64), colour: Rgb, opacity: f64) {
        self.shapes.push(Shape::Box { at, colour, opacity });
    }

    /// A straight line.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: Rgb, width: u32) {
        self.shapes.push(Shape::Line { points: vec![from, to], colour, width });
    }

    /// A line through points.
    pub fn curve(&mut self, points: Vec<(f64, f64)>, colour: Rgb, width: u32) {
        self.shapes.push(Shape::Line { points, colour, width });
    }

    /// A filled polygon.
    pub fn polygon(&mut self, points: Vec<(f64, f64)>, colour: Rgb) {
        self.shapes.push(Shape::Polygon { points, colour });
    }

    /// An upright line of dashes, from the top down.
    pub fn dashes(&mut self, x: f64, (top, bottom): (f64, f64), colour: Rgb, width: u32) {
        const ON: f64 = 9.0;
        const OFF: f64 = 6.0;
        let mut y = top;
        while y < bottom {
            self.line((x, y), (x, (y + ON).min(bottom)), colour, width);
            y += ON + OFF;
        }
    }

    /// A line of text.
    pub fn text(
        &mut self,
        at: (f64, f64),
        text: impl Into<String>,
        size: f64,
        colour: Rgb,
        align: Align,
    ) {
        self.shapes.push(Shape::Text { at, text: text.into(), size, colour, align });
    }
}

/// About how wide a text becomes, pixels: the font has one width.
pub fn width_of(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * 0.52
}
