using Pellucid.Looking.Features;
using Pellucid.Models;
using Pellucid.Tensors;

namespace Pellucid.Tests.Looking.Features;

/// <summary>What a folder of features says and nobody here computes stops the load by its name.</summary>
public sealed class SaeLensRefusalTests : IDisposable
{
    private const string Plain = """
        {"d_in": 4, "d_sae": 6, "dtype": "float32", "apply_b_dec_to_input": true, "normalize_activations": "none",
        "reshape_activations": "none", "metadata": {"hook_name": "blocks.1.hook_resid_post"}, "architecture": "standard"}
        """;

    private readonly Backend _backend = TestBackends.Create(TestBackends.WidestCpu);
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("\"standard\"", "\"batchtopk\"", "batchtopk")]
    [InlineData("\"standard\"", "\"matryoshka_batchtopk\"", "matryoshka_batchtopk")]
    [InlineData("\"d_in\"", "\"activation_fn_str\": \"tanh\", \"d_in\"", "activation_fn_str")]
    [InlineData("\"hook_name\"", "\"hook_head_index\": 3, \"hook_name\"", "metadata.hook_head_index")]
    [InlineData("\"hook_name\"", "\"fold_ln\": true, \"hook_name\"", "metadata.fold_ln")]
    [InlineData("\"hook_name\"", "\"model_from_pretrained_kwargs\": {\"fold_ln\": true}, \"hook_name\"",
        "metadata.model_from_pretrained_kwargs.fold_ln")]
    [InlineData("\"hook_name\"", "\"seqpos_slice\": [1, 5], \"hook_name\"", "metadata.seqpos_slice")]
    [InlineData("blocks.1.hook_resid_post", "blocks.1.ln2.hook_normalized", "metadata.hook_name")]
    [InlineData("\"none\", \"meta", "\"hook_q\", \"meta", "reshape_activations")]
    [InlineData("\"normalize_activations\": \"none\"", "\"normalize_activations\": \"batch_norm\"", "normalize_activations")]
    [InlineData("\"d_sae\": 6", "\"d_sae\": 0", "d_sae")]
    [InlineData("\"standard\"", "\"transcoder\"", "d_out")]
    [InlineData("\"d_in\": 4, ", "", "d_in")]
    public void A_field_that_is_not_understood_is_refused_by_its_name(string from, string to, string name)
    {
        var text = Plain.Replace("\n", " ", StringComparison.Ordinal);
        Assert.Contains(from, text, StringComparison.Ordinal);
        var path = _folder.File(SaeLensFolder.ConfigFile);
        File.WriteAllText(path, text.Replace(from, to, StringComparison.Ordinal));
        var refusal = Assert.Throws<InvalidDataException>(() => SaeLensConfig.Read(path));
        Assert.StartsWith(path, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(name, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Theory]
    [InlineData("b_enc", "threshold", "b_enc")] // one is missing
    [InlineData("", "threshold", "threshold")] // one too many
    [InlineData("W_dec", "W_dec", "W_dec")] // of another shape
    public void A_tensor_that_does_not_fit_is_refused_by_its_name(string without, string with, string name)
    {
        File.WriteAllText(_folder.File(SaeLensFolder.ConfigFile), Plain);
        using var arena = new Arena(_backend);
        var tensors = new List<(string Name, Tensor Tensor)>
        {
            ("W_enc", Zeros(4, 6)), ("b_enc", Zeros(6)), ("W_dec", Zeros(6, 4)), ("b_dec", Zeros(4)),
        };
        tensors.RemoveAll(tensor => tensor.Name == without);
        tensors.Add((with, Zeros(7)));
        SafetensorsWriter.Write(_folder.File(SaeLensFolder.WeightsFile), tensors, _backend);
        var refusal = Assert.Throws<InvalidDataException>(() => SaeLensFolder.Read(_folder.Path, _backend));
        Assert.Contains(name, refusal.Message, StringComparison.Ordinal);

        Tensor Zeros(params ReadOnlySpan<int> sizes)
        {
            var tensor = arena.Allocate(Shape.Of(sizes));
            _backend.Fill(tensor, 0);
            return tensor;
        }
    }

    [Fact]
    public void A_folder_without_one_of_its_files_is_refused_by_the_name_of_the_file()
    {
        File.WriteAllText(_folder.File(SaeLensFolder.ConfigFile), Plain);
        var refusal = Assert.Throws<FileNotFoundException>(() => SaeLensFolder.Read(_folder.Path, _backend));
        Assert.Contains(SaeLensFolder.WeightsFile, refusal.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _folder.Dispose();
        _backend.Dispose();
    }
}
