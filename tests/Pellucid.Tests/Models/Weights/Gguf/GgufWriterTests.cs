using Pellucid.Models.Weights.Gguf;

namespace Pellucid.Tests.Models.Weights.Gguf;

/// <summary>What is written is read, passes every check, and is whole or not there.</summary>
public sealed class GgufWriterTests
{
    public static TheoryData<string> Sources =>
    [
        "llama/tiny-random-models/gpt-oss/model.gguf", "llama/tiny-random-models/olmo3/model.gguf", "llama/tiny-random-kquants/q4_k_m.gguf",
        "llama/llamacpp-vocabs/ggml-vocab-gpt-2.gguf", "llama/stories260K-gguf/stories260K-q5_1.gguf",
    ];

    [Theory, InlineData(false), InlineData(true)]
    public void A_model_made_here_passes_every_check(bool merges)
    {
        using var folder = new TemporaryFolder();
        SmallGguf.Writer(merges).Write(folder.File("model.gguf"));
        using var reader = new GgufReader(folder.File("model.gguf"));
        var model = GgufModel.Read(reader);
        Assert.Equal((SmallGguf.Width, SmallGguf.Vocabulary, 1), (model.Config.Width, model.Config.VocabularySize, model.Config.Layers));
        Assert.Equal(merges ? [(2, 3), (5, 4)] : [], model.Vocabulary!.Merges);
        Assert.Equal(merges ? [1] : [2], model.Vocabulary.Ends);
        foreach (var tensor in reader.Tensors)
            Assert.Equal(Enumerable.Range(0, (int)tensor.Count).Select(i => SmallGguf.Number(tensor.Name, i)), reader.ReadFloat32(tensor));
    }

    [Theory, MemberData(nameof(Sources))]
    public void A_copy_holds_the_same_keys_and_tensors_bit_for_bit(string source)
    {
        using var folder = new TemporaryFolder();
        using var theirs = new GgufReader(SharedData.Path(source));
        var copy = new GgufWriter();
        foreach (var key in theirs.Metadata.Keys)
            copy.Add(key, theirs.Metadata.Require(key));
        foreach (var tensor in theirs.Tensors)
            copy.AddBlocks(tensor.Name, tensor.Type, tensor.Shape, (first, bytes) => theirs.ReadBytes(tensor, bytes, first));
        copy.Write(folder.File("copy.gguf"));
        using var ours = new GgufReader(folder.File("copy.gguf"));
        Assert.Equal(theirs.Metadata.Keys, ours.Metadata.Keys);
        Assert.All(theirs.Metadata.Keys, key => AssertEqual(theirs.Metadata.Require(key), ours.Metadata.Require(key)));
        Assert.Equal(theirs.Tensors.Select(Description), ours.Tensors.Select(Description));
        Assert.All(theirs.Tensors, tensor => Assert.Equal(Blocks(theirs, tensor), Blocks(ours, ours.Find(tensor.Name)!)));
        Assert.Equal(File.ReadAllBytes(SharedData.Path(source)), File.ReadAllBytes(folder.File("copy.gguf")));
    }

    [Theory]
    [InlineData("f16", 0.001)]
    [InlineData("bf16", 0.005)]
    [InlineData("q8_0", 0.01)]
    [InlineData("q5_1", 0.05)]
    [InlineData("q4_0", 0.12)]
    [InlineData("iq4_nl", 0.12)]
    [InlineData("mxfp4", 0.2)]
    public void Numbers_are_rounded_to_the_type_asked_for(string type, double bound)
    {
        using var folder = new TemporaryFolder();
        SmallGguf.Writer(matrixType: type).Write(folder.File("model.gguf"));
        using var reader = new GgufReader(folder.File("model.gguf"));
        GgufModel.Read(reader);
        var tensor = reader.Find("blk.0.ffn_up.weight")!;
        Assert.Equal(type, tensor.Type);
        var expected = Enumerable.Range(0, (int)tensor.Count).Select(i => SmallGguf.Number(tensor.Name, i)).ToArray();
        Assert.InRange(Near.RelativeError(expected, reader.ReadFloat32(tensor)), bound / 100, bound);
    }

    [Fact]
    public void The_same_model_has_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["a", "b"])
            SmallGguf.Writer(matrixType: "q8_0").Write(folder.File(name));
        Assert.Equal(File.ReadAllBytes(folder.File("a")), File.ReadAllBytes(folder.File("b")));
    }

    [Fact]
    public void A_file_that_cannot_be_written_whole_leaves_the_older_one()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("model.gguf"), "older");
        var writer = SmallGguf.Writer();
        writer.AddTensor("extra", "q8_0", [32], (_, values) => values.Fill(float.NaN));
        Assert.Throws<ArgumentException>(() => writer.Write(folder.File("model.gguf")));
        Assert.Equal("older", File.ReadAllText(folder.File("model.gguf")));
        Assert.Equal(["model.gguf"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void What_no_reader_would_take_is_not_written()
    {
        var writer = SmallGguf.Writer();
        void Refused(string message, Action add) =>
            Assert.Contains(message, Assert.Throws<ArgumentException>(add).Message, StringComparison.Ordinal);
        static void Nothing(long first, Span<float> values) => values.Clear();
        Refused("key general.name is there already", () => writer.Add("general.name", "again"));
        Refused("a key has 1 to 65535 bytes", () => writer.Add("", 1));
        Refused("general.alignment is 32 in every file", () => writer.Add("general.alignment", 64u));
        Refused("tensor output_norm.weight is there already", () => writer.AddTensor("output_norm.weight", "f32", [32], Nothing));
        Refused("has a name of 64 bytes; 1 to 63", () => writer.AddTensor(new string('x', 64), "f32", [32], Nothing));
        Refused("tensor w cannot be written as iq2_xs; supported are f32", () => writer.AddTensor("w", "iq2_xs", [256], Nothing));
        Refused("(2, 33) cannot be written as q8_0, which takes rows of a multiple of 32",
            () => writer.AddTensor("w", "q8_0", [2, 33], Nothing));
        Refused("() cannot be written as f32", () => writer.AddTensor("w", "f32", [], Nothing));
        Refused("(0, 32) cannot be written", () => writer.AddTensor("w", "f32", [0, 32], Nothing));
    }

    private static void AssertEqual(GgufValue expected, GgufValue actual)
    {
        Assert.Equal((expected.Type, expected.ElementType, expected.Count), (actual.Type, actual.ElementType, actual.Count));
        if (expected.Type == GgufValueType.Text)
            Assert.Equal(expected.TextBytes(), actual.TextBytes());
        else if (expected.Type == GgufValueType.Array && expected.ElementType == GgufValueType.Text)
            Assert.Equal(expected.Texts().Select(text => text.ToArray()), actual.Texts().Select(text => text.ToArray()));
        else if (expected.Type == GgufValueType.Array)
            Assert.Equal(expected.Elements().Select(Bits), actual.Elements().Select(Bits));
        else
            Assert.Equal(Bits(expected), Bits(actual));
    }

    private static ulong Bits(GgufValue value) => value.Entry.Number;

    private static (string, string, string) Description(GgufTensor tensor) => (tensor.Name, tensor.Type, string.Join(',', tensor.Shape));

    private static byte[] Blocks(GgufReader reader, GgufTensor tensor)
    {
        var bytes = new byte[tensor.Bytes];
        reader.ReadBytes(tensor, bytes);
        return bytes;
    }
}
