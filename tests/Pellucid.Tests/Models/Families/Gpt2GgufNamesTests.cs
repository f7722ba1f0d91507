using Pellucid.Models;
using Pellucid.Models.Families;
using Pellucid.Models.Weights.Gguf;
using Pellucid.Tensors;
using Pellucid.Tensors.Reference;

namespace Pellucid.Tests.Models.Families;

/// <summary>A GPT-2 written under GGUF's names is what the checks of GGUF call for.</summary>
public sealed class Gpt2GgufNamesTests
{
    [Theory, InlineData(true), InlineData(false)]
    public void Every_parameter_has_a_name_and_the_file_of_them_is_sound(bool tied)
    {
        using var folder = new TemporaryFolder();
        using var backend = new ReferenceBackend();
        var config = SmallGpt.Config with { TiedOutput = tied };
        using var gpt = new Gpt(config, backend);
        gpt.Initialize(3);
        Write(folder.File("gpt2.gguf"), gpt);
        using var reader = new GgufReader(folder.File("gpt2.gguf"));
        var model = GgufModel.Read(reader);
        Assert.Equal((config.Layers, config.Width, config.Heads, config.FeedForwardWidth, config.VocabularySize, config.Context),
            (model.Layers, model.Width, model.Heads, model.FeedForwardWidth, model.VocabularySize, model.Context));
        Assert.Equal(gpt.Layout.Count, reader.Tensors.Count);
        for (var index = 0; index < gpt.Layout.Count; index++)
            Assert.Equal(Stored(gpt, index), reader.ReadFloat32(reader.Find(Gpt2GgufNames.Of(gpt.Layout[index]))!));
    }

    // The columns of our (in, out) are the rows of the file's (out, in).
    [Fact]
    public void Weights_are_turned()
    {
        var parameter = Parameter.Of(SmallGpt.Config).First(parameter => parameter.Role == ParameterRole.AttentionInput);
        Assert.Equal([24L, 72], [parameter.Shape[0], parameter.Shape[1]]);
        Assert.Equal([72L, 24], Gpt2GgufNames.ShapeOf(parameter));
        Assert.Equal([37L, 24], Gpt2GgufNames.ShapeOf(Parameter.Of(SmallGpt.Config).First()));
    }

    private static void Write(string path, Gpt gpt)
    {
        var writer = new GgufWriter();
        writer.Add("general.architecture", "gpt2");
        foreach (var (key, value) in ((string, int)[])
        [
            ("context_length", gpt.Config.Context), ("embedding_length", gpt.Config.Width), ("block_count", gpt.Config.Layers),
            ("feed_forward_length", gpt.Config.FeedForwardWidth), ("attention.head_count", gpt.Config.Heads),
        ])
            writer.Add($"gpt2.{key}", (uint)value);
        writer.Add("gpt2.attention.layer_norm_epsilon", 1e-5f);
        for (var index = 0; index < gpt.Layout.Count; index++)
        {
            var values = Stored(gpt, index);
            writer.AddTensor(Gpt2GgufNames.Of(gpt.Layout[index]), "f32", Gpt2GgufNames.ShapeOf(gpt.Layout[index]),
                (first, part) => values.AsSpan((int)first, part.Length).CopyTo(part));
        }
        writer.Write(path);
    }

    private static float[] Stored(Gpt gpt, int index)
    {
        var (parameter, values) = (gpt.Layout[index], new float[gpt.Layout[index].Shape.Count]);
        gpt.Parameters.Read(index, values);
        if (parameter.Form != WeightForm.InOut)
            return values;
        var (inner, outer) = (parameter.Shape[0], parameter.Shape[1]);
        return [.. Enumerable.Range(0, values.Length).Select(i => values[i % inner * outer + i / inner])];
    }
}
