//! A drawing as SVG or PNG, the same bytes on every machine.

use crate::cli::picture::scene::Align;
use crate::cli::picture::scene::Rgb;
use crate::cli::picture::scene::Scene;
use crate::cli::picture::scene::Shape;
use anyhow::Context;
use anyhow::anyhow;
use plotters::backend::BitMapBackend;
use plotters::backend::DrawingBackend;
use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::drawing::IntoDrawingArea;
use plotters::element::PathElement;
use plotters::element::Polygon;
use plotters::element::Rectangle;
use plotters::style::Color;
use plotters::style::FontFamily;
use plotters::style::FontStyle;
use plotters::style::RGBColor;
use plotters::style::TextStyle;
use plotters::style::WHITE;
use plotters::style::register_font;
use plotters::style::text_anchor::HPos;
use plotters::style::text_anchor::Pos;
use plotters::style::text_anchor::VPos;

/// The font: built in, so that a PNG needs none of the machine's. A viewer of an SVG that has no
/// Hack takes the next of the same width.
const FONT: &str = "Hack, DejaVu Sans Mono, Menlo, Consolas, monospace";

/// The drawing as SVG.
///
/// # Errors
/// A bug of the drawing library or of ours.
pub fn svg(scene: &Scene) -> anyhow::Result<Vec<u8>> {
    let mut text = String::new();
    paint(scene, SVGBackend::with_string(&mut text, (scene.width, scene.height)))?;
    Ok(text.into_bytes())
}

/// The drawing as PNG.
///
/// # Errors
/// As [`svg`].
pub fn png(scene: &Scene) -> anyhow::Result<Vec<u8>> {
    let (width, height) = (scene.width, scene.height);
    let mut pixels = vec![0; width as usize * height as usize * 3];
    paint(scene, BitMapBackend::with_buffer(&mut pixels, (width, height)))?;
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().context("PNG")?;
    writer.write_image_data(&pixels).context("PNG")?;
    writer.finish().context("PNG")?;
    Ok(bytes)
}

fn paint<D: DrawingBackend>(scene: &Scene, backend: D) -> anyhow::Result<()> {
    register_font(FONT, FontStyle::Normal, epaint_default_fonts::HACK_REGULAR)
        .map_err(|_| anyhow!("the built-in font cannot be used"))?;
    let area = backend.into_drawing_area();
    let failed = |error: &dyn std::fmt::Display| anyhow!("the chart cannot be drawn: {error}");
    area.fill(&WHITE).map_err(|error| failed(&error))?;
    for shape in &scene.shapes {
        draw(&area, shape).map_err(|error| failed(&error))?;
    }
    area.present().map_err(|error| failed(&error))
}

fn colour((red, green, blue): Rgb) -> RGBColor {
    RGBColor(red, green, blue)
}

fn pixel((x, y): (f64, f64)) -> (i32, i32) {
    (libm::round(x) as i32, libm::round(y) as i32)
}

fn draw<D: DrawingBackend>(
    area: &DrawingArea<D, Shift>,
    shape: &Shape,
) -> Result<(), plotters::drawing::DrawingAreaErrorKind<D::ErrorType>> {
    match shape {
        Shape::Box { at: (left, top, right, bottom), colour: rgb, opacity } => {
            let corners = [pixel((*left, *top)), pixel((*right, *bottom))];
            area.draw(&Rectangle::new(corners, colour(*rgb).mix(*opacity).filled()))
        }
        Shape::Line { points, colour: rgb, width } => {
            let points: Vec<_> = points.iter().copied().map(pixel).collect();
            area.draw(&PathElement::new(points, colour(*rgb).stroke_width(*width)))
        }
        Shape::Polygon { points, colour: rgb } => {
            let points: Vec<_> = points.iter().copied().map(pixel).collect();
            area.draw(&Polygon::new(points, colour(*rgb).filled()))
        }
        Shape::Text { at, text, size, colour: rgb, align } => {
            let horizontal = match align {
                Align::Left => HPos::Left,
                Align::Centre => HPos::Center,
                Align::Right => HPos::Right,
            };
            let ink = colour(*rgb);
            let style = TextStyle::from((FontFamily::Name(FONT), *size))
                .color(&ink)
                .pos(Pos::new(horizontal, VPos::Center));
            area.draw_text(text, &style, pixel(*at))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene() -> Scene {
        let mut scene = Scene::new(200, 100);
        scene.area((10.0, 10.0, 50.0, 90.0), (0, 128, 0), 1.0);
        scene.dashes(100.0, (5.0, 95.0), (0, 0, 0), 2);
        scene.text((100.0, 50.0), "5,000 & <more>", 16.0, (0, 0, 0), Align::Centre);
        scene
    }

    #[test]
    fn the_same_drawing_gives_the_same_bytes() {
        assert_eq!(png(&scene()).unwrap(), png(&scene()).unwrap());
        let text = String::from_utf8(svg(&scene()).unwrap()).unwrap();
        assert!(text.contains("5,000 &amp; &lt;more&gt;"), "{text}");
    }

    #[test]
    fn pixels_are_where_they_belong() {
        let bytes = png(&scene()).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (200, 100));
        let at = |x: usize, y: usize| &pixels[3 * (y * 200 + x)..][..3];
        assert_eq!(at(30, 50), [0, 128, 0]);
        assert_eq!(at(199, 99), [255, 255, 255]);
        // Somewhere in the middle there is text.
        assert!((40..60).any(|y| (60..140).any(|x| at(x, y)[0] < 100)));
    }
}
