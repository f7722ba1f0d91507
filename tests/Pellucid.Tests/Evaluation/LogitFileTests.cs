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
}
