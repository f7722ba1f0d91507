using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Pellucid.Tensors.Blocks;

namespace Pellucid.Tests.Tensors.Blocks;

/// <summary>Blocks against those of ggml, whose dequantisers wrote down what random and quantised blocks stand for.</summary>
public sealed class BlockFormatTests
{
    private const int Numbers = 2048;

    private static readonly string[] Plain = ["f32", "f16", "bf16"];

    public static TheoryData<string> Quantised => [.. BlockFormat.All.Select(format => format.Name).Except(Plain)];

    public static TheoryData<string> Every => [.. BlockFormat.All.Select(format => format.Name)];

    /// <summary>Formats whose definition says how numbers are rounded; for the others every writer searches in its own way.</summary>
    public static TheoryData<string> Defined => ["q8_0", "q4_0", "q4_1", "q5_0", "q5_1", "mxfp4"];

    [Fact]
    public void There_are_thirteen_quantised_formats() => Assert.Equal(13, Quantised.Count);

    [Theory, MemberData(nameof(Quantised))]
    public void What_blocks_stand_for_is_right_to_the_bit(string name)
    {
        var format = BlockFormat.Find(name)!;
        foreach (var kind in (string[])["random", "quantised"])
        {
            var (blocks, expected) = (Bytes($"{name}.{kind}.blocks"), Floats($"{name}.{kind}.f32"));
            Assert.Equal(Numbers / format.Length * format.Bytes, blocks.Length);
            var actual = new float[Numbers];
            format.Dequantise(blocks, actual);
            Assert.Equal(Bits(expected), Bits(actual));
        }
    }

    [Theory, MemberData(nameof(Quantised))]
    public void Rounding_errs_no_more_than_the_peer(string name)
    {
        var (source, theirs) = (Floats("source.f32"), Floats($"{name}.quantised.f32"));
        Assert.InRange(Near.RelativeError(source, RoundTrip(name, source)), 1e-4, 1.00001 * Near.RelativeError(source, theirs));
    }

    [Theory, MemberData(nameof(Defined))]
    public void Where_the_rounding_is_defined_the_bytes_are_equal(string name)
    {
        var format = BlockFormat.Find(name)!;
        var expected = Bytes($"{name}.quantised.blocks");
        var actual = new byte[expected.Length];
        format.Quantise(Floats("source.f32"), actual);
        Assert.Equal(expected, actual);
    }

    // Relative root mean squares of the errors of normal numbers, as docs/models.md lists them.
    [Theory]
    [InlineData("f16", 0.00021)]
    [InlineData("bf16", 0.00165)]
    [InlineData("q8_0", 0.0053)]
    [InlineData("q6_K", 0.0167)]
    [InlineData("q5_K", 0.0346)]
    [InlineData("q5_1", 0.0378)]
    [InlineData("q5_0", 0.0423)]
    [InlineData("q4_K", 0.0703)]
    [InlineData("iq4_nl", 0.0731)]
    [InlineData("iq4_xs", 0.0738)]
    [InlineData("q4_1", 0.0782)]
    [InlineData("q4_0", 0.0854)]
    [InlineData("mxfp4", 0.116)]
    [InlineData("q3_K", 0.1441)]
    [InlineData("q2_K", 0.2639)]
    public void Rounding_of_random_rows_errs_as_is_said(string name, double error)
    {
        var x = Tensors.RandomValues(256 * 64, 7, 0);
        Assert.InRange(Near.RelativeError(x, RoundTrip(name, x)), 0.97 * error, 1.03 * error);
    }

    [Fact]
    public void The_table_of_the_page_is_what_is_measured()
    {
        var page = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "models.md"));
        var rows = Regex.Matches(page, @"^\| (\w+) \| (\d+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]*) ?\|$", RegexOptions.Multiline)
            .Where(row => row.Groups[1].Value != "f32").ToArray();
        Assert.Equal(Every.Count - 1, rows.Length);
        foreach (var row in rows)
        {
            var (name, format) = (row.Groups[1].Value, BlockFormat.Find(row.Groups[1].Value)!);
            void States(int column, double measured) => Assert.True(
                Math.Abs(double.Parse(row.Groups[column].Value, CultureInfo.InvariantCulture) - measured)
                    <= 0.51 * Math.Pow(10, -(row.Groups[column].Value + ".").Split('.')[1].Length), $"{row.Value}: {measured}");
            States(2, format.Length);
            States(3, 8.0 * format.Bytes / format.Length);
            var (normal, difficult) = (Tensors.RandomValues(256 * 64, 7, 0), Floats("source.f32"));
            States(4, Near.RelativeError(normal, RoundTrip(name, normal)));
            States(5, Near.RelativeError(difficult, RoundTrip(name, difficult)));
            if (row.Groups[6].Length > 0)
                States(6, Near.RelativeError(difficult, Floats($"{name}.quantised.f32")));
        }
    }

    [Theory, MemberData(nameof(Every))]
    public void What_was_rounded_is_rounded_to_itself_or_nearly(string name)
    {
        var once = RoundTrip(name, Tensors.RandomValues(256 * 8, 9, 0));
        Assert.InRange(Near.RelativeError(once, RoundTrip(name, once)), 0, 0.03);
    }

    [Theory, MemberData(nameof(Every))]
    public void Blocks_of_one_number_and_of_zeros_stay_close(string name)
    {
        foreach (var value in (float[])[0, 0.75f, -0.75f, 0.01f, 3e4f])
        {
            var x = Enumerable.Repeat(value, 512).ToArray();
            Assert.InRange(Near.LargestDifference(x, RoundTrip(name, x)), 0, 0.34 * Math.Abs(value) + 1e-7);
        }
        var one = new float[256];
        one[100] = -2.5f;
        Assert.InRange(Near.RelativeError(one, RoundTrip(name, one)), 0, 0.21);
    }

    [Fact]
    public void Numbers_that_a_format_cannot_hold_are_refused()
    {
        foreach (var (name, value, message) in ((string, float, string)[])
        [
            ("q8_0", float.NaN, "NaN cannot be stored as q8_0, which holds finite numbers alone"),
            ("q4_K", float.PositiveInfinity, "cannot be stored as q4_K, which holds finite numbers alone"),
            ("f16", 7e4f, "f16 stores numbers in half precision, which ends at 65504; 70000 is beyond it"),
            ("q5_1", 1e30f, "q5_1 stores scales in half precision, which ends at 65504"),
        ])
        {
            var x = new float[256];
            x[3] = value;
            Assert.Contains(message, Assert.Throws<ArgumentException>(() => RoundTrip(name, x)).Message, StringComparison.Ordinal);
        }
        Assert.Contains("255 numbers do not take 144 bytes as q4_K", Assert.Throws<ArgumentException>(
            () => BlockFormat.Find("q4_K")!.Dequantise(new byte[144], new float[255])).Message, StringComparison.Ordinal);
    }

    private static float[] RoundTrip(string name, float[] x)
    {
        var format = BlockFormat.Find(name)!;
        var blocks = new byte[x.Length / format.Length * format.Bytes];
        format.Quantise(x, blocks);
        var rounded = new float[x.Length];
        format.Dequantise(blocks, rounded);
        return rounded;
    }

    private static byte[] Bytes(string file) => File.ReadAllBytes(SharedData.Path("llama/quant-vectors/" + file));

    private static float[] Floats(string file)
    {
        var values = MemoryMarshal.Cast<byte, float>(Bytes(file)).ToArray();
        return BitConverter.IsLittleEndian ? values : [.. values.Select(value => BitConverter.Int32BitsToSingle(
            BinaryPrimitives.ReverseEndianness(BitConverter.SingleToInt32Bits(value))))];
    }

    private static int[] Bits(float[] values) => [.. values.Select(BitConverter.SingleToInt32Bits)];
}
