using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Pellucid.Pictures;

namespace Pellucid.Tests.Pictures;

public sealed class PngTests
{
    private const string Blue = "#1d5fb4";

    [Fact]
    public void A_box_covers_its_pixels_and_shares_those_at_its_edge()
    {
        var image = Painted(new Box(1, 1, 2.5, 2, Ink.Negative), sharpness: 1);
        Assert.Equal((10, 10), (image.Width, image.Height));
        Assert.Equal("#ffffff", image.Colour(0, 0));
        Assert.Equal(Blue, image.Colour(1, 1));
        Assert.Equal(Blue, image.Colour(2, 2));
        Assert.Equal("#8eafda", image.Colour(3, 1)); // half of it
        Assert.Equal("#ffffff", image.Colour(4, 1));
        Assert.Equal("#ffffff", image.Colour(1, 3));
    }

    [Fact]
    public void Round_corners_leave_the_ground_and_the_middle_is_full()
    {
        var image = Painted(new Box(1, 1, 8, 8, Ink.Negative, Corner: 4), sharpness: 2);
        Assert.Equal("#ffffff", image.Colour(2, 2));
        Assert.Equal(Blue, image.Colour(10, 10));
        Assert.Equal(Blue, image.Colour(3, 10));
    }

    [Theory]
    [InlineData(1.0, Blue)]
    [InlineData(0.5, "#8eafda")]
    public void A_line_that_crosses_itself_is_no_darker_there(double opacity, string expected)
    {
        var image = Painted(new Stroke([(1, 5), (9, 5), (5, 5), (5, 1), (5, 9)], Ink.Negative, 2, opacity), sharpness: 1);
        Assert.Equal(expected, image.Colour(5, 5));
        Assert.Equal(expected, image.Colour(2, 4));
        Assert.Equal("#ffffff", image.Colour(2, 2));
    }

    [Fact]
    public void Half_an_opacity_on_dark_ground_lies_between_the_two_colours() =>
        Assert.Equal("#3a5e8b", Painted(new Box(0, 0, 10, 10, Ink.Negative, 0.5), sharpness: 1, dark: true).Colour(5, 5));

    [Fact]
    public void A_curve_passes_where_Bézier_says()
    {
        var image = Painted(new Stroke([(0, 10), (0, 0), (10, 0), (10, 10)], Ink.Negative, 1, Smooth: true), sharpness: 4);
        Assert.Equal(Blue, image.Colour(20, 10)); // (5, 2.5) at its middle
        Assert.Equal("#ffffff", image.Colour(20, 30));
    }

    [Fact]
    public void Text_stands_where_it_is_aligned_upright_too()
    {
        (int Left, int Top, int Right, int Bottom) Ink(Label label) => Image.Of(new Picture(60, 60, "", [label]), 2, dark: false).Drawn();
        var start = Ink(new Label(30, 30, "HHH", 12));
        var end = Ink(new Label(30, 30, "HHH", 12, Align.End));
        var middle = Ink(new Label(30, 30, "HHH", 12, Align.Middle));
        var upright = Ink(new Label(30, 30, "HHH", 12, Upright: true));
        Assert.InRange(start.Left, 60, 63);
        Assert.InRange(end.Right, 57, 60);
        Assert.InRange((middle.Left + middle.Right) / 2.0, 59, 61);
        Assert.InRange(start.Bottom, 59, 62); // the line that letters stand on
        Assert.InRange(start.Bottom - start.Top, 16, 20); // 0.7 of 24 pixels, and the pen
        Assert.InRange(upright.Bottom, 57, 60);
        Assert.InRange(upright.Right, 59, 62);
        Assert.InRange(upright.Right - upright.Left, 16, 20);
    }

    [Fact]
    public void The_letters_of_western_languages_are_known_and_take_no_more_room_than_was_planned_for_them()
    {
        var text = new string([.. Enumerable.Range(33, 94).Select(code => (char)code)]);
        Assert.All(text.EnumerateRunes(), rune => Assert.True(Letters.Has(rune), $"{rune}"));
        const string More = "ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝ"
            + "àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿß·…→−–×±°";
        Assert.All(More.EnumerateRunes(), rune => Assert.True(Letters.Has(rune), $"{rune}"));
        const string Prose = "validation loss after 2,000 steps of training";
        Assert.InRange(Letters.Width(Prose) * 12 / Letters.Em, 0.7 * Picture.TextWidth(Prose), Picture.TextWidth(Prose));
    }

    [Fact]
    public void A_character_the_alphabet_lacks_shows_its_code()
    {
        Assert.False(Letters.Has(new Rune('狗')));
        var (dog, cat) = (Assert.Single(Letters.Of("狗")), Assert.Single(Letters.Of("猫")));
        Assert.Equal(1 + 4 + ExtraStrokes("72D7"), dog.Strokes.Count); // a frame, and digits
        double Sum(Letter letter) => letter.Strokes.Sum(stroke => stroke.Sum(point => point.X + 3 * point.Y));
        Assert.NotEqual(Sum(dog), Sum(cat));
        Assert.Equal(1 + 6 + ExtraStrokes("01F600"), Assert.Single(Letters.Of("😀")).Strokes.Count);
    }

    [Fact]
    public void Too_many_pixels_are_refused_with_what_to_do()
    {
        var picture = new Picture(20_000, 20_000, "", []);
        var refusal = Assert.Throws<InvalidDataException>(() => picture.WritePng(Stream.Null));
        Assert.Contains("write it as SVG", refusal.Message, StringComparison.Ordinal);
    }

    private static int ExtraStrokes(string digits) => digits.Sum(digit => Letters.Of($"{digit}").Single().Strokes.Count - 1);

    private static Image Painted(Mark mark, double sharpness, bool dark = false) =>
        Image.Of(new Picture(10, 10, "", [mark]), sharpness, dark);

    /// <summary>A PNG file, read by the specification: every chunk's check is compared.</summary>
    private sealed record Image(int Width, int Height, byte[] Rows)
    {
        public static Image Of(Picture picture, double sharpness, bool dark)
        {
            var file = new MemoryStream();
            picture.WritePng(file, dark, sharpness);
            var bytes = file.ToArray().AsSpan();
            Assert.Equal([0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10], bytes[..8].ToArray());
            var (width, height, packed, names) = (0, 0, Array.Empty<byte>(), new List<string>());
            for (var at = 8; at < bytes.Length;)
            {
                var length = BinaryPrimitives.ReadInt32BigEndian(bytes[at..]);
                var named = bytes.Slice(at + 4, 4 + length);
                Assert.Equal(Crc(named), BinaryPrimitives.ReadUInt32BigEndian(bytes[(at + 8 + length)..]));
                names.Add(Encoding.ASCII.GetString(named[..4]));
                if (names[^1] == "IHDR")
                    (width, height) = (BinaryPrimitives.ReadInt32BigEndian(named[4..]), BinaryPrimitives.ReadInt32BigEndian(named[8..]));
                if (names[^1] == "IDAT")
                    packed = named[4..].ToArray();
                at += 12 + length;
            }
            Assert.Equal(["IHDR", "pHYs", "IDAT", "IEND"], names);
            using var zlib = new ZLibStream(new MemoryStream(packed), CompressionMode.Decompress);
            var rows = new MemoryStream();
            zlib.CopyTo(rows);
            Assert.Equal((3 * width + 1) * height, rows.Length);
            return new Image(width, height, rows.ToArray());
        }

        public string Colour(int x, int y) => "#" + Convert.ToHexStringLower(Rows, y * (3 * Width + 1) + 1 + 3 * x, 3);

        public (int Left, int Top, int Right, int Bottom) Drawn()
        {
            var all = Enumerable.Range(0, Height).SelectMany(y => Enumerable.Range(0, Width).Select(x => (x, y)));
            var drawn = all.Where(pixel => Colour(pixel.x, pixel.y) != "#ffffff").ToList();
            return (drawn.Min(p => p.x), drawn.Min(p => p.y), drawn.Max(p => p.x), drawn.Max(p => p.y));
        }

        // Bit by bit, as the specification's text has it.
        private static uint Crc(ReadOnlySpan<byte> bytes)
        {
            var crc = uint.MaxValue;
            foreach (var value in bytes)
            {
                crc ^= value;
                for (var bit = 0; bit < 8; bit++)
                    crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
            }
            return ~crc;
        }
    }
}
