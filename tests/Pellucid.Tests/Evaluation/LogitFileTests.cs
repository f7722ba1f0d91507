using System.Buffers.Binary;
using System.Text;
using Pellucid.Evaluation;
using Pellucid.Tests.Models;

namespace Pellucid.Tests.Evaluation;

public sealed class LogitFileTests
{
    [Fact]
    public void All_rows_are_written_as_NumPy_reads_them()
    {
        using var folder = new TemporaryFolder();
        using var backend = TestBackends.Create("Vector128");
        using var model = new SmallGpt(backend);
        var tokens = SmallGpt.Tokens(130); // more than are written at a time
        var top = LogitFile.Write(model.Gpt, tokens, folder.File("logits.npy"), 3);

        var bytes = File.ReadAllBytes(folder.File("logits.npy"));
        Assert.Equal([0x93, .. "NUMPY"u8, 1, 0], bytes[..8]);
        var length = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8));
        Assert.Equal(0, (10 + length) % 64);
        Assert.Matches(@"^\{'descr': '<f4', 'fortran_order': False, 'shape': \(130, 37\), \} *\n$",
            Encoding.ASCII.GetString(bytes, 10, length));
        Assert.Equal(4 * 130 * 37, bytes.Length - 10 - length);
        var expected = model.Logits(rows => rows.Add(tokens));
        for (var row = 0; row < 130; row++)
        {
            for (var token = 0; token < 37; token++)
                Assert.Equal(expected[row][token],
                    BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(10 + length + 4 * (37 * row + token))));
            Assert.Equal(expected[row].Index().OrderByDescending(pair => pair.Item).Take(3).Select(pair => pair.Index),
                top[row].Select(pair => pair.Token));
            Assert.Equal(expected[row].Max() - Math.Log(expected[row].Sum(value => Math.Exp(value))), top[row][0].LogProbability, 1e-5);
        }
        Assert.Throws<ArgumentException>(() => LogitFile.Write(model.Gpt, SmallGpt.Tokens(151), folder.File("x.npy")));
        Assert.False(File.Exists(folder.File("x.npy")));
    }

    [Fact]
    public void Windows_can_be_shorter_than_the_context()
    {
        using var backend = TestBackends.Create("Vector128");
        using var model = new SmallGpt(backend);
        var tokens = SmallGpt.Tokens(50);
        var sum = 0.0;
        for (var start = 0; start < 49; start += 7)
        {
            var logits = model.Logits(rows => rows.Add(tokens.AsSpan(start, 7)));
            for (var i = 0; i < 7; i++)
                sum -= logits[i][tokens[start + i + 1]] - Math.Log(logits[i].Sum(value => Math.Exp(value)));
        }
        var measured = Perplexity.Measure(model.Gpt, tokens, 50, window: 7);
        Assert.Equal(49, measured.Tokens);
        Assert.Equal(sum / 49, measured.Loss, 5);
        Assert.Throws<ArgumentException>(() => Perplexity.Measure(model.Gpt, tokens, 50, window: 151));
        Assert.Throws<ArgumentException>(() => Perplexity.Measure(model.Gpt, tokens, 50, window: 0));
    }
}
