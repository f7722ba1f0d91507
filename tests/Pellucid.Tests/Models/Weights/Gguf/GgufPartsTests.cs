using Pellucid.Models.Weights.Gguf;

namespace Pellucid.Tests.Models.Weights.Gguf;

/// <summary>Models in several files.</summary>
public sealed class GgufPartsTests
{
    [Fact]
    public void A_model_in_three_files_is_read_by_the_first()
    {
        using var folder = new TemporaryFolder();
        Write(folder, 1, 3, ["a", "b"]);
        Write(folder, 2, 3, ["c"]);
        Write(folder, 3, 3, ["d", "e"]);
        using var reader = new GgufReader(Name(folder, 1, 3));
        Assert.Equal(["a", "b", "c", "d", "e"], reader.Tensors.Select(tensor => tensor.Name));
        Assert.Equal(1, reader.Metadata.Require("part").Integer());
        foreach (var tensor in reader.Tensors)
            Assert.Equal([tensor.Name[0], tensor.Name[0]], reader.ReadFloat32(tensor));
    }

    [Fact]
    public void Parts_that_do_not_belong_together_are_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        Write(folder, 1, 2, ["a"]);
        Refused<FileNotFoundException>(folder, 1, 2, "is part 1 of 2, but", "m-00002-of-00002.gguf is not there");
        Write(folder, 2, 2, ["a"]);
        Refused<InvalidDataException>(folder, 1, 2, "m-00002-of-00002.gguf: tensor a is in", "m-00001-of-00002.gguf too");
        Refused<InvalidDataException>(folder, 2, 2, "is part 2 of 2; give the first, whose name ends with -00001-of-00002.gguf");
        File.Copy(Name(folder, 1, 2), Name(folder, 2, 2), overwrite: true);
        Refused<InvalidDataException>(folder, 1, 2, "m-00002-of-00002.gguf: says that it is part 1 of 2, not 2 of 2");
        Write(folder, 2, 2, ["b", "c"], promised: 5);
        Write(folder, 1, 2, ["a"], promised: 5);
        Refused<InvalidDataException>(folder, 1, 2, "key split.tensors.count is 5, but the 2 files hold 3 tensors");
        File.Move(Name(folder, 1, 2), folder.File("model.gguf"));
        Assert.Contains("its name does not end with -00001-of-00002.gguf", Assert.Throws<InvalidDataException>(
            () => new GgufReader(folder.File("model.gguf"))).Message, StringComparison.Ordinal);
    }

    private static void Write(TemporaryFolder folder, int part, int count, string[] tensors, int? promised = null)
    {
        var writer = new GgufWriter();
        writer.Add("part", part);
        writer.Add("split.no", (ushort)(part - 1));
        writer.Add("split.count", (ushort)count);
        if (promised is { } number)
            writer.Add("split.tensors.count", number);
        foreach (var name in tensors)
            writer.AddTensor(name, "f32", [2], (_, values) => values.Fill(name[0]));
        writer.Write(Name(folder, part, count));
    }

    private static void Refused<TError>(TemporaryFolder folder, int part, int count, params string[] messages) where TError : Exception
    {
        var error = Assert.Throws<TError>(() => new GgufReader(Name(folder, part, count)));
        Assert.All(messages, message => Assert.Contains(message, error.Message, StringComparison.Ordinal));
    }

    private static string Name(TemporaryFolder folder, int part, int count) => folder.File($"m-{part:00000}-of-{count:00000}.gguf");
}
